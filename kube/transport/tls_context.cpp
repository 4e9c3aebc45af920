#include "kube/transport/tls_context.h"

#include <array>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "kube/transport/openssl_pem.h"
#include "kube/transport/tls_session.h"

namespace windlass::kube {
namespace {

constexpr std::array<unsigned char, 9> kAlpn{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

Status trust(SSL_CTX* context, const TlsMaterial& material) {
  if (!material.authorities) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  const auto authorities = certificatesIn(*material.authorities);
  if (authorities.empty()) return fail(ErrorKind::Invalid, "the certificate authority is not PEM");
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& authority : authorities) X509_STORE_add_cert(store, authority.get());
  return {};
}

Status show(SSL_CTX* context, const TlsMaterial& material) {
  if (!material.certificate || !material.key) return {};
  const auto certificates = certificatesIn(*material.certificate);
  const auto key = privateKeyIn(*material.key);
  if (certificates.empty()) return fail(ErrorKind::Invalid, "the client certificate is not PEM");
  if (!key) return fail(ErrorKind::Invalid, "the client key is not an unencrypted PEM private key");
  if (X509_check_private_key(certificates.front().get(), key.get()) != 1)
    return fail(ErrorKind::Invalid, "the client key does not belong to the client certificate");
  bool taken = SSL_CTX_use_certificate(context, certificates.front().get()) == 1;
  for (std::size_t i = 1; i < certificates.size(); ++i)
    taken = taken && SSL_CTX_add1_chain_cert(context, certificates[i].get()) == 1;
  if (!taken || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return fail(ErrorKind::Invalid, "OpenSSL refuses the client certificate; its key may be too short");
  return {};
}

}  // namespace

Result<TlsContext> makeTlsContext(const TlsMaterial& material, bool insecureSkipVerify) {
  const auto sessions = std::make_shared<TlsSession>();
  const TlsContext context(SSL_CTX_new(TLS_client_method()), [sessions](SSL_CTX* old) { SSL_CTX_free(old); });
  if (!context) return fail(ErrorKind::Internal, "OpenSSL cannot make a TLS context");
  keepSessions(context.get(), *sessions);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // Buffers only while bytes are in them: most connections are watches that wait.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // a record in one recv() instead of two
  SSL_CTX_set_alpn_protos(context.get(), kAlpn.data(), kAlpn.size());
  SSL_CTX_set_verify(context.get(), insecureSkipVerify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  // An intermediate may be what is trusted, as in a kubeconfig that names one.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  Status made = trust(context.get(), material);
  if (made) made = show(context.get(), material);
  ERR_clear_error();
  if (!made) return fail(std::move(made).error());
  return context;
}

}  // namespace windlass::kube
