#pragma once
// One connection to the API server: TCP, through a proxy when there is one, and TLS. Internal to the room.
//
// Threads: read() from one thread, write() from one other at the same time; what waits there is ended by the waker.
// Errors: Timeout (the connection stays usable), Transport when it broke, and what the waker says.
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kube/transport/byte_link.h"
#include "kube/transport/proxy.h"
#include "kube/transport/tcp.h"
#include "kube/transport/url.h"
#include "kube/transport/waker.h"

namespace windlass::kube {

// How to get to a server.
struct Route {
  ServerUrl server;
  std::optional<Proxy> proxy;
};

class Connection {
 public:
  // Unavailable and Timeout as connectTcp; Transport when TLS or the proxy refuses. `context` is null for http://.
  static Result<std::unique_ptr<Connection>> open(const Route& route, const TlsContext& context, SteadyTime deadline,
                                                  std::shared_ptr<Waker> waker);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for at least one byte; how many there were, 0 at the end.
  Result<std::size_t> read(std::span<char> into, SteadyTime deadline);
  // All of it.
  Status write(std::string_view bytes, SteadyTime deadline);
  // Bytes that need no waiting may be there.
  bool holdsBytes();
  // Between two exchanges: still open, and the server says nothing.
  bool isQuiet();

  const TlsContext& context() const { return context_; }
  const std::shared_ptr<Waker>& waker() const { return waker_; }
  static int alive();  // how many there are in the process; from any thread

 private:
  Connection(Socket socket, std::unique_ptr<ByteLink> link, TlsContext context, std::shared_ptr<Waker> waker);
  // Repeats the step until it is done or at the end.
  template <class Step>
  Result<LinkStep> finish(const Step& step, SteadyTime deadline);
  Status tunnel(const Route& route, SteadyTime deadline);
  Status startTls(const Route& route, const TlsContext& context, SteadyTime deadline);

  const Socket socket_;
  std::mutex mutex_;  // of the link, which knows one thread at a time
  std::unique_ptr<ByteLink> link_;
  TlsContext context_;
  const std::shared_ptr<Waker> waker_;
};

}  // namespace windlass::kube
