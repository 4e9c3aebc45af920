#pragma once
// Runs a ReflectorState against a Client on a thread of its own and hands the effects to a sink.
// Guarantees: the sink is called on that thread only, in order; stop() interrupts waits, watches and lists
// at once. Errors are logged once a kind of error and minute, never fatal.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "kube/client/client.h"
#include "kube/runtime/reflector_state.h"

namespace windlass::kube {

class Reflector {
 public:
  using Sink = std::function<void(ReflectorEffect&&)>;
  // Called on the reflector's thread, about every 10 s or once a second.
  using Tick = std::function<void()>;

  Reflector(Client& client, ResourceKind kind, ReflectorOptions options, Sink sink, Tick tick = nullptr,
            Clock& clock = systemClock());
  ~Reflector();  // stops

  void start();
  void tickEachSecond() { tickEvery_ = std::chrono::seconds(1); }
  void requestStop();  // returns at once
  void stop();         // waits for the thread
  // The last thing that went wrong since the last success; empty when all is well. Thread-safe.
  std::string trouble() const;
  // That it was the server's refusal (401, 403), which does not go away by waiting. Thread-safe.
  bool refused() const;

 private:
  void run();
  void list();
  void openWatch();
  void readWatch();
  void backOff();
  void handle(ReflectorEffects effects);
  void report(const Report& report);
  bool stopping() const;
  void succeeded();  // mutex_ held

  Client& client_;
  const ResourceKind kind_;
  const Sink sink_;
  const Tick tick_;
  std::atomic<std::chrono::seconds> tickEvery_{std::chrono::seconds(10)};
  Clock& clock_;
  ReflectorState state_;
  std::thread thread_;

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::stop_source stop_;  // ends a list, or the opening of a watch, that is under way
  std::shared_ptr<WatchStream> stream_;
  std::string trouble_;
  bool refused_ = false;
  std::string loggedTrouble_;
  SteadyTime loggedAt_{};
};

}  // namespace windlass::kube
