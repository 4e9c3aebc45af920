#pragma once
// A WatchStream over an HTTP response. Internal to the room.
#include <memory>

#include "kube/client/client.h"
#include "kube/client/watch_decoder.h"
#include "kube/transport/http.h"

namespace windlass::kube {

class RestWatch : public WatchStream {
 public:
  RestWatch(std::unique_ptr<ByteStream> bytes, std::string what) : bytes_(std::move(bytes)), what_(std::move(what)) {}
  Result<std::optional<WatchEvent>> next(std::chrono::milliseconds wait) override;
  void cancel() override { bytes_->cancel(); }

 private:
  std::unique_ptr<ByteStream> bytes_;
  std::string what_;  // "watch pods", for messages
  WatchDecoder decoder_;
};

}  // namespace windlass::kube
