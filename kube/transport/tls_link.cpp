// Source: OpenSSL ssl(7), SSL_get_error(3), BIO_meth_new(3).
#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "kube/transport/byte_link.h"
#include "kube/transport/tls_session.h"

namespace windlass::kube {
namespace {

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and how a process treats SIGPIPE is not a library's business.
int socketOf(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool isRetry(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

int bioRead(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(socketOf(bio), into, static_cast<std::size_t>(size), 0);
  if (got < 0 && isRetry(errno)) BIO_set_retry_read(bio);
  if (got == 0) errno = 0;
  return static_cast<int>(got);
}

int bioWrite(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(socketOf(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && isRetry(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

long bioControl(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// One for the process.
BIO_METHOD* socketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    BIO_meth_set_read(made, &bioRead);
    BIO_meth_set_write(made, &bioWrite);
    BIO_meth_set_ctrl(made, &bioControl);
    return made;
  }();
  return method;
}

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

bool isAddress(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

void expectName(SSL* ssl, const std::string& name) {
  if (isAddress(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    return;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(ssl, name.c_str());
  // As the macro SSL_set_tlsext_host_name, which has a cast that our warnings refuse.
  std::string sent = name;
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, sent.data());
}

class TlsLink : public ByteLink {
 public:
  TlsLink(SslPtr ssl, TlsContext context) : context_(std::move(context)), ssl_(std::move(ssl)) {}
  // Says good-bye when that needs no waiting: the server need not take the end for an attack.
  ~TlsLink() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) && !failed_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  LinkStep handshake() override {
    ERR_clear_error();
    return stepOf(SSL_do_handshake(ssl_.get()), 0);
  }
  LinkStep read(std::span<char> into) override {
    std::size_t got = 0;
    ERR_clear_error();
    const int code = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    return stepOf(code, got);
  }
  LinkStep write(std::string_view bytes) override {
    std::size_t sent = 0;
    ERR_clear_error();
    const int code = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    return stepOf(code, sent);
  }
  bool holdsBytes() const override { return SSL_has_pending(ssl_.get()) == 1; }

 private:
  LinkStep stepOf(int code, std::size_t bytes);
  std::string failure(int error) const;

  const TlsContext context_;
  const SslPtr ssl_;
  bool failed_ = false;
};

LinkStep TlsLink::stepOf(int code, std::size_t bytes) {
  if (code == 1) return {LinkStep::State::Done, bytes, ""};
  switch (const int error = SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
      return {LinkStep::State::WantRead, 0, ""};
    case SSL_ERROR_WANT_WRITE:
      return {LinkStep::State::WantWrite, 0, ""};
    case SSL_ERROR_ZERO_RETURN:
      return {LinkStep::State::End, 0, ""};
    default:
      failed_ = true;
      return {LinkStep::State::Failed, 0, failure(error)};
  }
}

std::string TlsLink::failure(int error) const {
  const int systemError = errno;
  if (const long verified = SSL_get_verify_result(ssl_.get());
      verified != X509_V_OK && !SSL_is_init_finished(ssl_.get()))
    return std::string("the server's certificate is refused: ") + X509_verify_cert_error_string(verified) +
           "; check it against certificate-authority and tls-server-name";
  if (error == SSL_ERROR_SYSCALL)
    return systemError == 0 ? "the server closed the connection" : std::strerror(systemError);
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  const std::string text = std::string("TLS: ") + (reason ? reason : "unknown error");
  // RFC 8446, 6: alerts about our certificate are 42 to 49 and 116; OpenSSL names them so.
  const bool aboutUs = text.find("alert") != std::string::npos && text.find("certificate") != std::string::npos;
  return text + (aboutUs ? "; check client-certificate and client-key" : "");
}

}  // namespace

std::unique_ptr<ByteLink> makeTlsLink(int fd, const TlsContext& context, const std::string& serverName) {
  SslPtr ssl(SSL_new(context.get()));
  BIO* bio = ssl ? BIO_new(socketMethod()) : nullptr;
  if (!bio) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_connect_state(ssl.get());
  expectName(ssl.get(), serverName);
  offerSession(ssl.get());
  return std::make_unique<TlsLink>(std::move(ssl), context);
}

}  // namespace windlass::kube
