#pragma once
// Calls: exchanges made by the thread that asks for them. Each runs on a channel of its own, a curl handle with one
// connection that is kept for the next call. Internal to the room.
//
// Why not on the I/O thread: a hand-over there and back costs four wake-ups a call, more than TLS does
// (docs/benchmark.md).
//
// Thread-safe; run() blocks. The destructor closes what is idle; no run() may be under way then.
#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "kube/transport/transfer.h"

namespace windlass::kube {

class CallChannel;

struct CallOutcome {
  HttpResponse response;
  std::optional<TransferError> error;
};

class CallPool {
 public:
  CallPool();
  ~CallPool();
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  // The whole response; TooLarge when its body has more than maxBody bytes, Cancelled at once when asked to stop.
  CallOutcome run(TransferSpec spec, std::size_t maxBody, const std::stop_token& stop);
  // What starts from now on gets new connections; idle ones are closed, the others once they are idle.
  void renewConnections();

 private:
  using Clock = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<CallChannel> channel;
    Clock::time_point since;
  };
  std::unique_ptr<CallChannel> take(const TransferSpec& spec, int& generation);
  void giveBack(std::unique_ptr<CallChannel> channel, int generation);

  std::mutex mutex_;
  std::vector<Idle> idle_;  // the one used last is last, and taken first: the others age
  int generation_ = 0;
};

}  // namespace windlass::kube
