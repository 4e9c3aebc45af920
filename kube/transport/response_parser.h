#pragma once
// The bytes of an HTTP/1.1 response, in any pieces, taken apart. Pure. Internal to the room.
// Source: RFC 9112; the work is done by Boost.Beast's basic_parser (boost/beast/http/basic_parser.hpp).
//
// Answers that only announce others (1xx but for 101) are passed over.
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "kube/transport/http.h"

namespace windlass::kube {

class ResponseParser {
 public:
  struct Options {
    std::size_t maxBody = std::numeric_limits<std::size_t>::max();
    bool noBody = false;  // whatever the head says: the answer to CONNECT
  };
  explicit ResponseParser(const Options& options);
  ResponseParser(ResponseParser&&) noexcept;
  ~ResponseParser();

  // Appends what belongs to the body to `body`. Decode: no HTTP; TooLarge: a head of more than 256 KiB, or a body of
  // more than maxBody. Not after an error or when done.
  Status feed(std::string_view bytes, std::string& body);
  // The connection has ended. Transport when the response has not.
  Status finish();

  bool hasBegun() const;  // a byte has come
  bool isHeadDone() const;
  bool isDone() const;
  bool keepsConnection() const;  // once done: another request may follow on the connection
  // Status and headers, once isHeadDone().
  HttpResponse& head();
  // What came behind the response, once done.
  std::string_view rest() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windlass::kube
