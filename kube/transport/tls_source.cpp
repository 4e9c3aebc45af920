#include "kube/transport/tls_source.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>

#include "kube/transport/files.h"

namespace windlass::kube {
namespace {

struct OpenSslDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDeleter>;

OpenSslPtr<BIO> bioOf(const std::string& text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

OpenSslPtr<X509> firstCertificate(const std::string& pem) {
  const auto bio = bioOf(pem);
  OpenSslPtr<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

OpenSslPtr<EVP_PKEY> privateKey(const std::string& pem) {
  const auto bio = bioOf(pem);
  // No password callback: OpenSSL would ask on the terminal.
  const auto noPassword = [](char*, int, int, void*) { return 0; };
  OpenSslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassword, nullptr));
  ERR_clear_error();
  return key;
}

std::string nameOfSource(const PemSource& source) {
  return source.data.empty() ? source.file : "inline data";
}

Result<PemText> readPem(const PemSource& source) {
  if (source.empty()) return PemText();
  if (!source.data.empty()) return std::make_shared<const std::string>(source.data);
  WINDLASS_TRY_ASSIGN(std::string text, readSmallFile(source.file));
  return std::make_shared<const std::string>(std::move(text));
}

bool samePem(const PemText& a, const PemText& b) {
  return a == b || (a && b && *a == *b);
}

bool sameMaterial(const TlsMaterial& a, const TlsMaterial& b) {
  return samePem(a.authorities, b.authorities) && samePem(a.certificate, b.certificate) && samePem(a.key, b.key);
}

}  // namespace

Status checkCertificatePair(const std::string& certificate, const std::string& key) {
  const auto parsed = firstCertificate(certificate);
  if (!parsed) return fail(ErrorKind::Invalid, "the client certificate is not PEM");
  const auto parsedKey = privateKey(key);
  if (!parsedKey) return fail(ErrorKind::Invalid, "the client key is not an unencrypted PEM private key");
  const bool fits = X509_check_private_key(parsed.get(), parsedKey.get()) == 1;
  ERR_clear_error();
  if (!fits) return fail(ErrorKind::Invalid, "the client key does not belong to the client certificate");
  return {};
}

Result<TlsMaterial> TlsSource::read(const Endpoint& endpoint) {
  TlsMaterial material;
  WINDLASS_TRY_ASSIGN(material.authorities, readPem(endpoint.authorities));
  WINDLASS_TRY_ASSIGN(material.certificate, readPem(endpoint.clientCertificate));
  WINDLASS_TRY_ASSIGN(material.key, readPem(endpoint.clientKey));
  if (material.authorities && !firstCertificate(*material.authorities))
    return fail(ErrorKind::Invalid,
                "no certificate in PEM form in the certificate authority (" + nameOfSource(endpoint.authorities) + ")");
  if (bool(material.certificate) != bool(material.key))
    return fail(ErrorKind::Invalid, "client-certificate and client-key must be given both or not at all");
  if (material.certificate)
    if (auto fits = checkCertificatePair(*material.certificate, *material.key); !fits)
      return wrap("cannot use the client certificate (" + nameOfSource(endpoint.clientCertificate) + ")",
                  std::move(fits).error());
  return material;
}

TlsSource::TlsSource(Endpoint endpoint, TlsMaterial initial, Clock::time_point now,
                     std::chrono::milliseconds recheckAfter)
    : endpoint_(std::move(endpoint)), recheckAfter_(recheckAfter), material_(std::move(initial)), checked_(now) {}

TlsMaterial TlsSource::current(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - checked_ < recheckAfter_) return material_;
  checked_ = now;
  auto fresh = read(endpoint_);
  if (!fresh)
    spdlog::warn("keeping the TLS files in use for {}: {}", endpoint_.server, fresh.error().toString());
  else if (!sameMaterial(*fresh, material_))
    material_ = std::move(*fresh);
  return material_;
}

}  // namespace windlass::kube
