#pragma once
// Making the values of secret keys. No client; randomness comes in as a function (tests), by default the CSPRNG of
// OpenSSL. The vocabulary of generators is that of SecretKey (operator/render/stage.h).
#include <functional>
#include <optional>
#include <string>

#include "operator/render/stage.h"

namespace windlass::ops {

using RandomBytes = std::function<Result<std::string>(std::size_t count)>;
Result<std::string> cryptoRandom(std::size_t count);  // RAND_bytes

// True for generators whose value cannot be made twice: what a lost Secret loses.
bool isRandom(const SecretKey& key);
// A new value for a random key. password: `length` letters and digits; hex: two digits a byte; fernet-key: URL-safe
// base64 of 32 bytes with padding (cryptography.fernet).
Result<std::string> generate(const SecretKey& key, const RandomBytes& random);

// Value of a placeholder: secret name ("" = the Secret that the template stands in) and key; nullopt when unknown.
using SecretLookup = std::function<std::optional<std::string>(const std::string& secret, const std::string& key)>;
// Replaces {key} and {secret/key}. In a URL (the text holds "://") values are percent-encoded. Invalid names the
// placeholder that has no value, never a value.
Result<std::string> fillTemplate(const std::string& text, const SecretLookup& lookup);

}  // namespace windlass::ops
