#include "fake_gateways.h"

#include <cmath>

namespace windlass::ops {

class FakeGateway : public Gateway {
 public:
  FakeGateway(FakeGateways& all, std::string pod) : all_(all), pod_(std::move(pod)) {}

  kube::Result<GatewaySample> sample() override {
    const std::lock_guard lock(all_.mutex_);
    const FakeGateways::Pod& pod = all_.pods_.at(pod_);
    if (!pod.reachable) return away();
    GatewaySample out{std::to_string(pod.process), pod.uptime, {}};
    out.apis[FakeGateways::kApi] = {pod.stable.counts, pod.canary.counts, all_.stable.available, all_.canary.available};
    return out;
  }

  kube::Result<int> converge(const std::vector<std::string>&, const TrafficSplits& splits) override {
    const std::lock_guard lock(all_.mutex_);
    FakeGateways::Pod& pod = all_.pods_.at(pod_);
    if (!pod.reachable) return away();
    const auto found = splits.find(FakeGateways::kApi);
    pod.split = found == splits.end() ? TrafficSplit{} : found->second;
    if (all_.onTold) all_.onTold(pod_, pod.split);
    if (pod.split.canaryBasisPoints != pod.shares.back()) pod.shares.push_back(pod.split.canaryBasisPoints);
    return 1;
  }

 private:
  static tl::unexpected<kube::Error> away() {
    return kube::fail(kube::ErrorKind::Timeout, "HAProxy did not answer in time");
  }
  FakeGateways& all_;
  std::string pod_;
};

OpenGateway FakeGateways::opener() {
  return
      [this](const kube::ObjectKey& pod, const std::string&) { return std::make_unique<FakeGateway>(*this, pod.name); };
}

// Fractions are carried on, so that each rate is exact in the long run.
void FakeGateways::Arm::add(double more, const Behaviour& behaviour) {
  requests += more;
  errors += more * behaviour.errors;
  counts.requests = counts.timed = static_cast<std::uint64_t>(requests);
  counts.errors = static_cast<std::uint64_t>(errors);
  for (std::size_t i = 0; i < counts.slower.size(); ++i) {
    if (behaviour.milliseconds >= kLatencyEdges[i])
      counts.slower[i] += counts.requests - std::min(counts.requests, timed);
  }
  timed = counts.requests;
}

void FakeGateways::pass(double seconds) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, pod] : pods_) {
    const double all = requestsPerSecond * seconds / static_cast<double>(pods_.size());
    const double tried = canary.available ? all * pod.split.canaryBasisPoints / 10000 : 0;
    pod.canary.add(tried, canary);
    pod.stable.add(all - tried, stable);
    pod.uptime += seconds;
  }
}

void FakeGateways::restart(const std::string& name) {
  Pod& pod = pods_.at(name);
  pod.process += 1;
  pod.uptime = 0;
  pod.stable = pod.canary = {};
  pod.split = {};
  pod.shares.push_back(0);
}

}  // namespace windlass::ops
