#include "kube/transport/tls_source.h"

#include <spdlog/spdlog.h>

#include "kube/transport/files.h"
#include "kube/transport/openssl_pem.h"
#include "kube/transport/tls_context.h"

namespace windlass::kube {
namespace {

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

Result<TlsMaterial> TlsSource::read(const Endpoint& endpoint) {
  TlsMaterial material;
  WINDLASS_TRY_ASSIGN(material.authorities, readPem(endpoint.authorities));
  WINDLASS_TRY_ASSIGN(material.certificate, readPem(endpoint.clientCertificate));
  WINDLASS_TRY_ASSIGN(material.key, readPem(endpoint.clientKey));
  if (material.authorities && certificatesIn(*material.authorities).empty())
    return fail(ErrorKind::Invalid,
                "no certificate in PEM form in the certificate authority (" + nameOfSource(endpoint.authorities) + ")");
  if (bool(material.certificate) != bool(material.key))
    return fail(ErrorKind::Invalid, "client-certificate and client-key must be given both or not at all");
  if (material.certificate)
    if (auto fits = makeTlsContext(material, false); !fits)
      return wrap("cannot use the client certificate (" + nameOfSource(endpoint.clientCertificate) + ")",
                  std::move(fits).error());
  return material;
}

TlsSource::TlsSource(Endpoint endpoint, TlsMaterial initial, Clock::time_point now,
                     std::chrono::milliseconds recheckAfter)
    : endpoint_(std::move(endpoint)), recheckAfter_(recheckAfter), material_(std::move(initial)), checked_(now) {}

bool TlsSource::isDue(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  return now - checked_ >= recheckAfter_;
}

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
