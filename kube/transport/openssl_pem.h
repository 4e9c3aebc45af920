#pragma once
// OpenSSL's objects from PEM text. Internal to the room; pure.
#include <memory>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace windlass::kube {

struct OpenSslFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, OpenSslFree>;

// In their order; none when the text is no PEM.
std::vector<OpenSslPtr<X509>> certificatesIn(const std::string& pem);
// Null when there is none or it is encrypted.
OpenSslPtr<EVP_PKEY> privateKeyIn(const std::string& pem);

}  // namespace windlass::kube
