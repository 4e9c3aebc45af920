#pragma once
// An HTTP server for tests that speaks in bytes, in the clear or over TLS: it can split, stall, reset and lie. Loopback
// only, a thread a connection; the destructor ends all of them.
#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <openssl/types.h>

#include "test_keys.h"

namespace windlass::kube {

class ServerConnection {
 public:
  explicit ServerConnection(int fd) : fd_(fd) {}
  // Over TLS; false when the client does not want to.
  bool beginTls(SSL_CTX* context);
  // It goes on with the session of an earlier connection.
  bool isResumed() const;
  // The common name in the client's certificate, "" without one.
  std::string peerName() const;
  // One request, head and body; "" when the client has gone.
  std::string readRequest();
  // Bytes as they come, "" at the end: for what is no HTTP any more.
  std::string readSome();
  // False when the client has gone.
  bool send(std::string_view bytes);
  // "HTTP/1.1 <status>" with Content-Length and the given extra header lines ("A: b\r\n").
  bool respond(const std::string& status, const std::string& body = "", const std::string& headers = "");
  // The head of an endless answer in chunks, and one chunk of it.
  bool beginChunks(const std::string& headers = "");
  bool sendChunk(std::string_view bytes);
  bool endChunks() { return send("0\r\n\r\n"); }
  // Closes with a TCP reset.
  void reset();
  void close();
  int fd() const { return fd_; }

 private:
  int fd_;
  SSL* tls_ = nullptr;
  std::string pending_;
};

class ByteServer {
 public:
  // Called once a connection, on a thread of its own; the connection is closed when it returns.
  using Script = std::function<void(ServerConnection&)>;
  explicit ByteServer(Script script) : ByteServer(std::move(script), std::nullopt) {}
  ByteServer(Script script, const std::optional<TestKeys>& keys);  // with keys: TLS
  ~ByteServer();
  ByteServer(const ByteServer&) = delete;
  ByteServer& operator=(const ByteServer&) = delete;

  std::string url() const { return (isTls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_); }
  int connections() const { return connections_; }          // so far
  int openConnections() const { return openConnections_; }  // whose script has not ended
  // Connections from now on are shown these. Takes any client certificate.
  void useKeys(const TestKeys& keys);
  // Sleeps, but not beyond the end of the server.
  void pause(std::chrono::milliseconds time) const;

 private:
  void accept();

  void serve(ServerConnection& connection);

  Script script_;
  const bool isTls_;
  std::shared_ptr<SSL_CTX> context_;  // null: in the clear
  int listenFd_;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> openConnections_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::list<ServerConnection> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace windlass::kube
