#include "kube/transport/openssl_pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace windlass::kube {
namespace {

OpenSslPtr<BIO> bioOf(const std::string& text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

std::vector<OpenSslPtr<X509>> certificatesIn(const std::string& pem) {
  const auto bio = bioOf(pem);
  std::vector<OpenSslPtr<X509>> all;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) all.emplace_back(certificate);
  ERR_clear_error();  // "no start line" is how the end looks
  return all;
}

OpenSslPtr<EVP_PKEY> privateKeyIn(const std::string& pem) {
  const auto bio = bioOf(pem);
  // No password callback: OpenSSL would ask on the terminal.
  const auto noPassword = [](char*, int, int, void*) { return 0; };
  OpenSslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassword, nullptr));
  ERR_clear_error();
  return key;
}

}  // namespace windlass::kube
