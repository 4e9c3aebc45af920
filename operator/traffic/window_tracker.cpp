#include "operator/traffic/window_tracker.h"

#include <algorithm>

namespace windlass::ops {
namespace {

std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

ArmCounts growth(const ArmCounts& before, const ArmCounts& now) {
  // Fewer than before without a new process: somebody cleared the counters.
  if (now.requests < before.requests) return now;
  ArmCounts out;
  out.requests = growth(before.requests, now.requests);
  out.errors = growth(before.errors, now.errors);
  out.timed = growth(before.timed, now.timed);
  for (std::size_t i = 0; i < out.slower.size(); ++i) out.slower[i] = growth(before.slower[i], now.slower[i]);
  return out;
}

// `errors` is made of counters that are read one after the other and can fall by a few; what was counted is not again.
ArmCounts markOf(const ArmCounts& before, ArmCounts now) {
  if (now.requests >= before.requests) now.errors = std::max(now.errors, before.errors);
  return now;
}

}  // namespace

Window WindowTracker::advance(const std::map<std::string, GatewaySample>& samples, double seconds) {
  Window out;
  out.seconds = seconds;
  out.stable.health.available = out.canary.health.available = false;
  for (const auto& [pod, sample] : samples) {
    const auto found = sample.apis.find(api_);
    if (found == sample.apis.end()) continue;
    const ApiCounters& now = found->second;
    out.stable.health.available |= now.stableAvailable;
    out.canary.health.available |= now.canaryAvailable;
    const auto mark = marks_.find(pod);
    const bool isNew = mark == marks_.end() ? sample.uptimeSeconds < seconds : mark->second.process != sample.process;
    const bool counts = !first_ && (mark != marks_.end() || isNew);
    const ApiCounters before = mark == marks_.end() || isNew ? ApiCounters{} : mark->second.counters;
    if (counts) {
      out.stable.counts += growth(before.stable, now.stable);
      out.canary.counts += growth(before.canary, now.canary);
    }
    Mark& kept = marks_[pod];
    kept.process = sample.process;
    kept.counters = now;
    kept.counters.stable = markOf(before.stable, now.stable);
    kept.counters.canary = markOf(before.canary, now.canary);
  }
  // The mark of a pod that did not answer stays: what it counts meanwhile comes with its next answer.
  first_ = false;
  return out;
}

}  // namespace windlass::ops
