#include "kube/transport/tls_objects.h"

#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "kube/transport/openssl_pem.h"

namespace windlass::kube {
namespace {

OpenSslPtr<X509_STORE> storeOf(const std::string& pem) {
  const auto authorities = certificatesIn(pem);
  if (authorities.empty()) return nullptr;
  OpenSslPtr<X509_STORE> store(X509_STORE_new());
  for (const auto& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  // An intermediate may be what is trusted, as with libcurl (CURLSSLOPT_NO_PARTIALCHAIN is not set).
  X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

}  // namespace

struct TlsObjects {
  OpenSslPtr<X509_STORE> authorities;          // null: the system's
  std::vector<OpenSslPtr<X509>> certificates;  // ours first, then its issuers; empty: none
  OpenSslPtr<EVP_PKEY> key;
};

namespace {

bool install(SSL_CTX* context, const TlsObjects& objects) {
  if (objects.authorities) SSL_CTX_set1_cert_store(context, objects.authorities.get());
  if (objects.certificates.empty()) return true;
  if (SSL_CTX_use_certificate(context, objects.certificates.front().get()) != 1) return false;
  for (std::size_t i = 1; i < objects.certificates.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, objects.certificates[i].get()) != 1) return false;
  return SSL_CTX_use_PrivateKey(context, objects.key.get()) == 1;
}

CURLcode onContext(CURL*, void* context, void* objects) {
  const bool installed = install(static_cast<SSL_CTX*>(context), *static_cast<const TlsObjects*>(objects));
  return installed ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

}  // namespace

Result<std::shared_ptr<const TlsObjects>> parseTlsObjects(const TlsMaterial& material) {
  auto objects = std::make_shared<TlsObjects>();
  if (material.authorities && !(objects->authorities = storeOf(*material.authorities)))
    return fail(ErrorKind::Invalid, "the certificate authority is not PEM");
  if (!material.certificate || !material.key) return objects;
  objects->certificates = certificatesIn(*material.certificate);
  objects->key = privateKeyIn(*material.key);
  if (objects->certificates.empty()) return fail(ErrorKind::Invalid, "the client certificate is not PEM");
  if (!objects->key) return fail(ErrorKind::Invalid, "the client key is not an unencrypted PEM private key");
  const bool fits = X509_check_private_key(objects->certificates.front().get(), objects->key.get()) == 1;
  ERR_clear_error();
  if (!fits) return fail(ErrorKind::Invalid, "the client key does not belong to the client certificate");
  return objects;
}

void setTlsObjects(CURL* easy, const TlsObjects& objects) {
  if (objects.authorities) {
    // Otherwise each connection would read the system's bundle first.
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &onContext);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &objects);
}

}  // namespace windlass::kube
