#include "kube/transport/connection.h"

#include <array>
#include <atomic>

#include <poll.h>

#include "kube/transport/prefixed.h"
#include "kube/transport/receive.h"

namespace windlass::kube {
namespace {

std::atomic<int> connectionsAlive{0};

}  // namespace

Connection::Connection(Socket socket, std::unique_ptr<ByteLink> link, TlsContext context, std::shared_ptr<Waker> waker)
    : socket_(std::move(socket)), link_(std::move(link)), context_(std::move(context)), waker_(std::move(waker)) {
  ++connectionsAlive;
}

Connection::~Connection() {
  --connectionsAlive;
}

int Connection::alive() {
  return connectionsAlive;
}

Result<std::unique_ptr<Connection>> Connection::open(const Route& route, const TlsContext& context, SteadyTime deadline,
                                                     std::shared_ptr<Waker> waker) {
  const std::string& host = route.proxy ? route.proxy->host : route.server.address();
  const std::string& port = route.proxy ? route.proxy->port : route.server.port;
  WINDLASS_TRY_ASSIGN(Socket socket, connectTcp(host, port, deadline, *waker));
  auto plain = makePlainLink(socket.fd());
  std::unique_ptr<Connection> made(new Connection(std::move(socket), std::move(plain), context, std::move(waker)));
  if (route.proxy) WINDLASS_TRY(made->tunnel(route, deadline));
  if (context) WINDLASS_TRY(made->startTls(route, context, deadline));
  return made;
}

template <class Step>
Result<LinkStep> Connection::finish(const Step& step, SteadyTime deadline) {
  for (;;) {
    LinkStep taken;
    {
      const std::lock_guard lock(mutex_);
      taken = step(*link_);
    }
    switch (taken.state) {
      case LinkStep::State::Done:
      case LinkStep::State::End:
        return taken;
      case LinkStep::State::Failed:
        return fail(ErrorKind::Transport, std::move(taken.reason));
      case LinkStep::State::WantRead:
        WINDLASS_TRY(waitFor(socket_.fd(), POLLIN, deadline, *waker_));
        break;
      case LinkStep::State::WantWrite:
        WINDLASS_TRY(waitFor(socket_.fd(), POLLOUT, deadline, *waker_));
        break;
    }
  }
}

Status Connection::tunnel(const Route& route, SteadyTime deadline) {
  const std::string name = "the proxy " + route.proxy->host + ":" + route.proxy->port;
  const std::string target = route.server.authority();
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!route.proxy->authorization.empty()) request += "Proxy-Authorization: " + route.proxy->authorization + "\r\n";
  WINDLASS_TRY(write(request + "\r\n", deadline));
  ResponseParser parser({.maxBody = 0, .noBody = true});
  std::string none;
  while (!parser.isDone())
    if (auto got = receive(*this, parser, none, deadline); !got) return fail(prefixed(name + ": ", got.error()));
  const int status = parser.head().status;
  if (status < 200 || status >= 300)
    return fail(ErrorKind::Transport, name + " does not connect us to " + target + " (HTTP " + std::to_string(status) +
                                          "); check proxy-url, its credentials, HTTPS_PROXY and NO_PROXY");
  if (!parser.rest().empty()) return fail(ErrorKind::Transport, name + " sent more than its answer");
  return {};
}

Status Connection::startTls(const Route& route, const TlsContext& context, SteadyTime deadline) {
  link_ = makeTlsLink(socket_.fd(), context, route.server.serverName);
  if (!link_) return fail(ErrorKind::Internal, "OpenSSL cannot make a TLS connection: no memory");
  auto done = finish([](ByteLink& link) { return link.handshake(); }, deadline);
  if (!done) return fail(prefixed("TLS with " + route.server.authority() + ": ", std::move(done).error()));
  if (done->state == LinkStep::State::End)
    return fail(ErrorKind::Transport, route.server.authority() + " closed the connection instead of speaking TLS");
  return {};
}

bool Connection::holdsBytes() {
  const std::lock_guard lock(mutex_);
  return link_->holdsBytes();
}

Result<std::size_t> Connection::read(std::span<char> into, SteadyTime deadline) {
  WINDLASS_TRY(waker_->check());
  // An answer is rarely there at once: looking first would cost a system call that finds nothing.
  if (!holdsBytes()) WINDLASS_TRY(waitFor(socket_.fd(), POLLIN, deadline, *waker_));
  WINDLASS_TRY_ASSIGN(const LinkStep step, finish([into](ByteLink& link) { return link.read(into); }, deadline));
  return step.bytes;
}

Status Connection::write(std::string_view bytes, SteadyTime deadline) {
  WINDLASS_TRY(waker_->check());
  while (!bytes.empty()) {
    WINDLASS_TRY_ASSIGN(const LinkStep step, finish([bytes](ByteLink& link) { return link.write(bytes); }, deadline));
    if (step.state == LinkStep::State::End) return fail(ErrorKind::Transport, "the server closed the connection");
    bytes.remove_prefix(step.bytes);
  }
  return {};
}

bool Connection::isQuiet() {
  pollfd socket{socket_.fd(), POLLIN | POLLRDHUP, 0};
  if (!waker_->check()) return false;
  if (::poll(&socket, 1, 0) == 0 && !holdsBytes()) return true;
  // TLS speaks between the exchanges as well (RFC 8446, 4.6): only what it says to us counts.
  std::array<char, 1> byte{};
  const std::lock_guard lock(mutex_);
  return link_->read(byte).state == LinkStep::State::WantRead;
}

}  // namespace windlass::kube
