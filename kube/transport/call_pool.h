#pragma once
// Calls: exchanges made by the thread that asks for them, on connections that are kept for the next call. Internal to
// the room.
//
// Thread-safe; run() blocks. The destructor closes what is idle; no run() may be under way then.
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "kube/transport/exchange.h"

namespace windlass::kube {

class CallPool {
 public:
  explicit CallPool(const Route& route) : route_(route) {}
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  // The whole response; TooLarge when its body has more than maxBody bytes, Cancelled at once when asked to stop.
  CallOutcome run(const Call& call);
  // What starts from now on gets new connections; idle ones are closed, the others once they are idle.
  void renewConnections();

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    SteadyTime since;
  };
  // Null when no idle connection can be used.
  std::unique_ptr<Connection> take(const TlsContext& context, int& generation);
  void giveBack(std::unique_ptr<Connection> connection, int generation);
  CallOutcome runOnNew(const Call& call);

  const Route& route_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // the one used last is last, and taken first: the others age
  int generation_ = 0;
};

}  // namespace windlass::kube
