#include "byte_server.h"

#include <array>
#include <charconv>
#include <csignal>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace windlass::kube {
namespace {

std::size_t contentLength(const std::string& head) {
  static const std::string name = "Content-Length: ";
  const auto at = head.find(name);
  std::size_t length = 0;
  if (at != std::string::npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

std::shared_ptr<SSL_CTX> contextOf(const TestKeys& keys) {
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* old) { SSL_CTX_free(old); });
  SSL_CTX* context = made.get();
  BIO* certificate = BIO_new_mem_buf(keys.certificate.data(), static_cast<int>(keys.certificate.size()));
  BIO* key = BIO_new_mem_buf(keys.key.data(), static_cast<int>(keys.key.size()));
  X509* leaf = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
  EVP_PKEY* secret = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, leaf);
  SSL_CTX_use_PrivateKey(context, secret);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  X509_free(leaf);
  EVP_PKEY_free(secret);
  BIO_free(certificate);
  BIO_free(key);
  // Sessions of clients with a certificate are only resumed in a named context.
  static constexpr std::array<unsigned char, 4> kName{'t', 'e', 's', 't'};
  SSL_CTX_set_session_id_context(context, kName.data(), kName.size());
  return made;
}

}  // namespace

bool ServerConnection::beginTls(SSL_CTX* context) {
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, fd_);
  return SSL_accept(tls_) == 1;
}

bool ServerConnection::isResumed() const {
  return tls_ && SSL_session_reused(tls_) == 1;
}

std::string ServerConnection::peerName() const {
  X509* certificate = tls_ ? SSL_get1_peer_certificate(tls_) : nullptr;
  if (!certificate) return "";
  std::array<char, 64> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
  X509_free(certificate);
  return name.data();
}

std::string ServerConnection::readSome() {
  std::array<char, 65536> buffer{};
  const auto got = tls_ ? SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()))
                        : ::recv(fd_, buffer.data(), buffer.size(), 0);
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : "";
}

std::string ServerConnection::readRequest() {
  for (;;) {
    const auto end = pending_.find("\r\n\r\n");
    const std::size_t whole = end == std::string::npos ? 0 : end + 4 + contentLength(pending_.substr(0, end + 2));
    if (whole > 0 && pending_.size() >= whole) {
      std::string request = pending_.substr(0, whole);
      pending_.erase(0, whole);
      return request;
    }
    const std::string more = readSome();
    if (more.empty()) return "";
    pending_ += more;
  }
}

bool ServerConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ServerConnection::respond(const std::string& status, const std::string& body, const std::string& headers) {
  return send("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" +
              body);
}

bool ServerConnection::beginChunks(const std::string& headers) {
  return send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + "\r\n");
}

bool ServerConnection::sendChunk(std::string_view bytes) {
  std::array<char, 20> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  return send(std::string(size.data(), end) + "\r\n" + std::string(bytes) + "\r\n");
}

void ServerConnection::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  // With a linger time of 0 closing sends a reset.
  close();
}

void ServerConnection::close() {
  SSL_free(std::exchange(tls_, nullptr));
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0) ::close(fd);
}

ByteServer::ByteServer(Script script, const std::optional<TestKeys>& keys)
    : script_(std::move(script)),
      isTls_(keys.has_value()),
      context_(keys ? contextOf(*keys) : nullptr),
      listenFd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (isTls_) std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listenFd_, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listenFd_, 64);
  ::getsockname(listenFd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

void ByteServer::accept() {
  for (;;) {
    const int fd = ::accept4(listenFd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    ++openConnections_;
    const std::lock_guard lock(mutex_);
    ServerConnection& connection = open_.emplace_back(fd);
    threads_.emplace_back([this, &connection] { serve(connection); });
  }
}

void ByteServer::serve(ServerConnection& connection) {
  std::shared_ptr<SSL_CTX> context;
  {
    const std::lock_guard lock(mutex_);
    context = context_;
  }
  if (!context || connection.beginTls(context.get())) script_(connection);
  const std::lock_guard lock(mutex_);
  connection.close();
  --openConnections_;
}

void ByteServer::useKeys(const TestKeys& keys) {
  auto fresh = contextOf(keys);
  const std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
}

ByteServer::~ByteServer() {
  stopping_ = true;
  ::shutdown(listenFd_, SHUT_RDWR);
  acceptor_.join();
  ::close(listenFd_);
  {
    const std::lock_guard lock(mutex_);
    for (const ServerConnection& connection : open_)
      if (connection.fd() >= 0) ::shutdown(connection.fd(), SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void ByteServer::pause(std::chrono::milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!stopping_ && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace windlass::kube
