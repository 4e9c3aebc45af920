#pragma once
// Where the bytes of a stream go, between the I/O thread and a blocked reader. Internal to the room.
#include <condition_variable>
#include <mutex>

#include "kube/transport/curl_engine.h"

namespace windlass::kube {

// Holds a bounded piece of an endless response.
class StreamSink : public TransferSink {
 public:
  void onHead(int status, Headers headers) override;
  Flow onData(std::string_view bytes) override;
  void onDone(std::optional<TransferError> error) override;

  // Blocks for the head; for a status of 300 and above, for the body too.
  Result<HttpResponse> waitHead(std::chrono::milliseconds wait);  // 0 = for ever
  struct Taken {
    Result<std::optional<std::string>> bytes;
    bool wasPaused = false;  // the caller must resume the exchange
  };
  Taken take(std::chrono::milliseconds wait);
  void cancel();

 private:
  bool isError() const { return head_.status >= 300; }

  std::mutex mutex_;
  std::condition_variable changed_;
  HttpResponse head_;
  bool headReady_ = false;
  std::string buffer_;
  bool paused_ = false;
  bool cancelled_ = false;
  bool done_ = false;
  std::optional<Error> error_;
};

}  // namespace windlass::kube
