#pragma once
// TLS material parsed once and shared by all connections made with it: OpenSSL 3.0 takes milliseconds to read a key and
// a certificate from PEM, and each libcurl connection would do that again and keep a copy. Internal to the room.
//
// Immutable once made; thread-safe.
#include <memory>

#include <curl/curl.h>

#include "kube/object/result.h"
#include "kube/transport/transfer.h"

namespace windlass::kube {

// Invalid when a text is no PEM or the key does not belong to the certificate.
Result<std::shared_ptr<const TlsObjects>> parseTlsObjects(const TlsMaterial& material);

// Makes the handle's connections use the objects, which must outlive it.
void setTlsObjects(CURL* easy, const TlsObjects& objects);

}  // namespace windlass::kube
