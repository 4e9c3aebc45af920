#pragma once
// A response's body, read from its connection by the thread that wants it: what is not read holds the sender back.
// Internal to the room.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/transport/connection.h"
#include "kube/transport/http.h"
#include "kube/transport/response_parser.h"

namespace windlass::kube {

class BodyStream : public ByteStream {
 public:
  struct Begun {
    std::unique_ptr<Connection> connection;
    ResponseParser parser;  // the head is done
    std::string body;       // what came with the head
    SteadyTime end;         // the stream may not last longer
    std::string what;       // "GET https://... failed: "
  };
  // `beforeRead` is called by the reading thread before it waits, and holds what the stream needs.
  BodyStream(Begun begun, std::function<void()> beforeRead);

  Result<std::optional<std::string>> read(std::chrono::milliseconds wait) override;
  // The connection is closed by the read() that notices, or with the stream.
  void cancel() override { waker_->wake(Waker::Reason::Cancelled); }

 private:
  Status waitForBytes(SteadyTime deadline);
  void takeWhatIsThere();
  Error broken(Error error);

  std::unique_ptr<Connection> connection_;  // null once nothing more can come
  const std::shared_ptr<Waker> waker_;
  ResponseParser parser_;
  std::string bytes_;
  const SteadyTime end_;
  const std::string what_;
  const std::function<void()> beforeRead_;
  std::optional<Error> error_;  // for ever
};

}  // namespace windlass::kube
