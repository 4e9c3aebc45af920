#include "operator/traffic/window_tracker.h"

#include <algorithm>
#include <optional>

#include "kube/object/meta.h"

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

// Of all APIs that the gateway has; nullopt when it has none of them.
std::optional<ApiCounters> countersOf(const GatewaySample& sample, const std::vector<std::string>& apis) {
  std::optional<ApiCounters> sum;
  for (const std::string& api : apis) {
    const auto found = sample.apis.find(api);
    if (found == sample.apis.end()) continue;
    const ApiCounters& one = found->second;
    if (!sum) sum = ApiCounters{{}, {}, true, true};
    sum->stable += one.stable;
    sum->canary += one.canary;
    sum->stableAvailable = sum->stableAvailable && one.stableAvailable;
    sum->canaryAvailable = sum->canaryAvailable && one.canaryAvailable;
  }
  return sum;
}

kube::Json countsJson(const ArmCounts& counts) {
  kube::Json out = {counts.requests, counts.errors, counts.timed};
  for (const std::uint64_t slower : counts.slower) out.push_back(slower);
  return out;
}

bool readCounts(const kube::Json& json, ArmCounts& counts) {
  const bool fits =
      json.is_array() && json.size() == 3 + counts.slower.size() &&
      std::all_of(json.begin(), json.end(), [](const kube::Json& count) { return count.is_number_unsigned(); });
  if (!fits) return false;
  counts.requests = json[0].get<std::uint64_t>();
  counts.errors = json[1].get<std::uint64_t>();
  counts.timed = json[2].get<std::uint64_t>();
  for (std::size_t i = 0; i < counts.slower.size(); ++i) counts.slower[i] = json[3 + i].get<std::uint64_t>();
  return true;
}

}  // namespace

void WindowTracker::keepOnly(const std::set<std::string>& pods) {
  std::erase_if(marks_, [&](const auto& entry) { return !pods.contains(entry.first); });
}

kube::Json WindowTracker::toJson() const {
  kube::Json marks = kube::Json::object();
  for (const auto& [pod, mark] : marks_) {
    marks[pod] = {{"process", mark.process},
                  {"stable", countsJson(mark.counters.stable)},
                  {"canary", countsJson(mark.counters.canary)}};
  }
  return {{"first", first_}, {"marks", std::move(marks)}};
}

kube::Result<WindowTracker> WindowTracker::from(const kube::Json& json, std::vector<std::string> apis) {
  const auto refused = kube::fail(kube::ErrorKind::Invalid, "the kept counters are not what this version wrote");
  WindowTracker out(std::move(apis));
  const kube::Json* first = kube::find(json, "/first");
  const kube::Json* marks = kube::find(json, "/marks");
  if (first == nullptr || !first->is_boolean() || marks == nullptr || !marks->is_object()) return refused;
  out.first_ = first->get<bool>();
  for (const auto& [pod, kept] : marks->items()) {
    Mark& mark = out.marks_[pod];
    mark.process = kube::stringAt(kept, "/process");
    if (!kept.is_object() || !readCounts(kept.value("stable", kube::Json()), mark.counters.stable) ||
        !readCounts(kept.value("canary", kube::Json()), mark.counters.canary))
      return refused;
  }
  return out;
}

Window WindowTracker::advance(const std::map<std::string, GatewaySample>& samples, double seconds) {
  Window out;
  out.seconds = seconds;
  out.stable.health.available = out.canary.health.available = false;
  for (const auto& [pod, sample] : samples) {
    const auto counted = countersOf(sample, apis_);
    if (!counted) continue;
    const ApiCounters& now = *counted;
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
