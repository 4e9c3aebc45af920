#pragma once
// The gateway as the chart configures it, between two tiny services and a client that never stops.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "operator/traffic/gateway.h"
#include "process.h"

namespace windlass::ops::test {

struct BackendSpec {
  std::string fault = "none";
  int milliseconds = 2;
};

class Loopback {
 public:
  Loopback(const BackendSpec& stable, const BackendSpec& canary);
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  const std::string& api() const { return api_; }
  int port() const { return port_; }
  Gateway& gateway() { return *gateway_; }
  // The split as a gateway pod finds it when it starts.
  void writeSplit(const TrafficSplit& split);
  void startGateway();
  void killGateway() { haproxy_.kill(); }
  kube::Result<int> converge(const TrafficSplit& split) { return gateway_->converge({api_}, {{api_, split}}); }
  // What the kubelet does: 1 when the canary had ended by itself and was started again.
  int restartCanary();
  bool waitUntilUp(bool withCanary);

 private:
  Process startBackend(int port, const std::string& revision, const BackendSpec& spec);
  std::string log(const std::string& name) const { return folder_ + "/" + name + ".log"; }

  std::string folder_, api_;
  int port_ = 0, stablePort_ = 0, canaryPort_ = 0;
  BackendSpec canarySpec_;
  Process stable_, canary_, haproxy_;
  std::unique_ptr<Gateway> gateway_;
};

struct Counts {
  int stable = 0, canary = 0, failed = 0;
  std::string lastFailure;
};

// One request; header: value of X-Windlass-Canary, "" = none.
void request(int port, const std::string& header, bool post, Counts& counts);
// `total` requests by a few threads, a quarter of them POST.
Counts hammer(int port, int total, const std::string& header = "");

// Requests without an end, by a few threads that each keep to a pace.
class Client {
 public:
  explicit Client(int port, int threads = 24);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  int canary() const { return canary_; }
  int failed() const { return failed_; }
  int all() const { return all_; }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> all_{0}, canary_{0}, failed_{0};
  std::vector<std::thread> threads_;
};

}  // namespace windlass::ops::test
