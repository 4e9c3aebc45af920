#include "vmctl/controller/restarts.h"

#include <algorithm>

#include "kube/object/meta.h"

namespace windlass::vm {

using kube::Json;
using namespace std::chrono_literals;

namespace {
constexpr std::size_t MaxReason = 1000;
constexpr auto StableAfter = 10min;
constexpr std::chrono::seconds FirstPause = 10s;
constexpr std::chrono::seconds LongestPause = 300s;
}  // namespace

Restarts restartsOf(const Json& status) {
  Restarts restarts;
  restarts.total = kube::intAt(status, "/restarts/total");
  restarts.inARow = kube::intAt(status, "/restarts/inARow");
  restarts.lastPodUid = kube::stringAt(status, "/restarts/lastPodUID");
  restarts.lastReason = kube::stringAt(status, "/restarts/lastReason");
  const auto lastEnd = kube::stringAt(status, "/restarts/lastEndTime");
  if (!lastEnd.empty()) restarts.lastEnd = kube::parseTime(lastEnd);
  return restarts;
}

Json toJson(const Restarts& restarts) {
  if (restarts.total == 0) return nullptr;
  return Json{{"total", restarts.total},
              {"inARow", restarts.inARow},
              {"lastPodUID", restarts.lastPodUid},
              {"lastEndTime", kube::formatTime(restarts.lastEnd)},
              {"lastReason", restarts.lastReason}};
}

Restarts counted(Restarts before, const std::string& uid, const PodEnd& end) {
  if (before.lastPodUid == uid) return before;
  const bool ran = end.startedAt != kube::TimePoint{};
  const bool stable = ran && end.finishedAt - end.startedAt >= StableAfter;
  before.total += 1;
  before.inARow = stable ? 1 : before.inARow + 1;
  before.lastPodUid = uid;
  before.lastEnd = end.finishedAt;
  before.lastReason = describe(end).substr(0, MaxReason);
  return before;
}

std::chrono::seconds pauseBeforeStart(const Restarts& restarts) {
  if (restarts.inARow <= 1) return 0s;
  const auto doublings = std::min<std::int64_t>(restarts.inARow - 2, 10);
  return std::min<std::chrono::seconds>(FirstPause * (1LL << doublings), LongestPause);
}

}  // namespace windlass::vm
