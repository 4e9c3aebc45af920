#pragma once
// Blocking HTTP/1.1: the seam between the Kubernetes client and the network. Calls are made and streams are read by the
// thread that asks; the library has no I/O thread of its own.
//
// Threads: all calls from any thread. Ownership: a stream keeps its transport alive.
// Errors: an HTTP status, whatever it is, is a response; an Error means that no (whole) response came. Kinds: Timeout,
// Unavailable (refused, name unknown), Transport (reset, TLS), TooLarge, Cancelled, and what credentials answer.
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/object/result.h"
#include "kube/transport/raw_connection.h"

namespace windlass::kube {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query, from the "/" that follows the host
  Headers headers;
  std::string body;
  std::chrono::milliseconds timeout{30000};      // for all of it; 0 = none (streams only)
  std::chrono::milliseconds headTimeout{30000};  // streams: until the head is there; 0 = none
  std::size_t maxResponse = 64U << 20U;          // bytes of a body; more is TooLarge
  std::stop_token stop;                          // when asked to stop, call() and open() return Cancelled at once
};

struct HttpResponse {
  int status = 0;
  Headers headers;  // names in lower case
  std::string body;

  // The first value of a header (lower-case name), or "".
  std::string_view header(std::string_view name) const;
};

// A response body that is read while it arrives: what nobody reads stays in the socket and holds the sender back.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // What is there, waiting at most `wait` for the first byte; nullopt at the end of the body; Timeout when
  // nothing came (the stream stays open); Transport when it broke or outlived its request's timeout. One thread at a
  // time.
  virtual Result<std::optional<std::string>> read(std::chrono::milliseconds wait) = 0;
  // From any thread: a waiting and every later read() returns Cancelled. The connection is closed by that read() or
  // with the stream.
  virtual void cancel() = 0;
};

struct HttpStream {
  HttpResponse head;                 // for a status of 300 and above with at most 64 KiB of body
  std::unique_ptr<ByteStream> body;  // null for such a status
};

// A connection that speaks another protocol from now on.
struct HttpUpgrade {
  HttpResponse head;                          // with a body when the server refused
  std::unique_ptr<RawConnection> connection;  // null then
  std::string received;                       // what came behind the head already
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // GET is repeated (at most 10 times, 1 s apart, inside the timeout) when the connection broke; a write never is.
  virtual Result<HttpResponse> call(const HttpRequest& request) = 0;
  // Returns once the head of the response is there. Uses a connection of its own.
  virtual Result<HttpStream> open(const HttpRequest& request) = 0;
  // Sends a GET that asks for a protocol switch (the request's headers say which) on a connection of its own.
  virtual Result<HttpUpgrade> upgrade(const HttpRequest& request) = 0;
  virtual std::string host() const = 0;  // "10.0.0.1:6443", for metrics and messages
};

}  // namespace windlass::kube
