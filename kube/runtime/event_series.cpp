#include "kube/runtime/event_series.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr auto kRefreshEvery = std::chrono::minutes(30);
constexpr auto kFinishAfter = std::chrono::minutes(6);
constexpr std::size_t kMaxNote = 1024;    // events.k8s.io/v1 Event.note
constexpr std::size_t kMaxActive = 4096;  // distinct events kept for counting

// Equal events differ in time and count only. The note is not part of it (event_broadcaster.go, getKey).
std::string seriesKey(const Occurrence& what) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}", what.apiVersion, what.kind.kind, what.ns, what.name, what.uid,
                     what.event.reason, what.event.action) +
         (what.event.type == EventType::Warning ? "|W" : "|N");
}

// Cuts at a character boundary, so that the text stays UTF-8.
std::string cut(const std::string& text) {
  if (text.size() <= kMaxNote) return text;
  std::size_t end = kMaxNote - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

Json EventSeries::newEvent(const Occurrence& what, const ObjectKey& key, TimePoint wallTime) const {
  Json event = newObject(kinds::Event, key);
  event["eventTime"] = formatMicroTime(wallTime);
  event["type"] = what.event.type == EventType::Warning ? "Warning" : "Normal";
  event["reason"] = what.event.reason;
  event["action"] = what.event.action.empty() ? "Reconcile" : what.event.action;
  event["note"] = cut(what.event.note);
  event["reportingController"] = controller_;
  event["reportingInstance"] = instance_;
  Json& regarding = event["regarding"];
  regarding = {{"apiVersion", what.apiVersion}, {"kind", what.kind.kind}, {"name", what.name}, {"uid", what.uid}};
  if (!what.ns.empty()) regarding["namespace"] = what.ns;
  if (!what.resourceVersion.empty()) regarding["resourceVersion"] = what.resourceVersion;
  return event;
}

EventWrite EventSeries::seriesPatch(const Active& active) {
  return {EventWrite::Verb::MergePatch, active.key,
          Json{{"series", {{"count", active.count}, {"lastObservedTime", formatMicroTime(active.lastWall)}}}}};
}

std::optional<EventWrite> EventSeries::occurred(const Occurrence& what, SteadyTime now, TimePoint wallTime) {
  const std::string id = seriesKey(what);
  const auto known = active_.find(id);
  if (known != active_.end() && now - known->second.last < kFinishAfter) {
    Active& active = known->second;
    ++active.count;
    active.last = now;
    active.lastWall = wallTime;
    if (active.count > 2) return std::nullopt;
    active.sent = active.count;
    active.refreshed = now;
    return seriesPatch(active);
  }
  // The time makes the name; two events of one instant still get two names.
  lastNanos_ = std::max<std::int64_t>(
      lastNanos_ + 1, std::chrono::duration_cast<std::chrono::nanoseconds>(wallTime.time_since_epoch()).count());
  Active fresh;
  fresh.key = ObjectKey{what.ns.empty() ? "default" : what.ns, fmt::format("{}.{:x}", what.name, lastNanos_)};
  fresh.last = fresh.refreshed = now;
  fresh.lastWall = wallTime;
  const EventWrite write{EventWrite::Verb::Create, fresh.key, newEvent(what, fresh.key, wallTime)};
  if (active_.size() < kMaxActive || known != active_.end()) active_[id] = std::move(fresh);
  return write;
}

std::vector<EventWrite> EventSeries::tick(SteadyTime now, TimePoint) {
  std::vector<EventWrite> writes;
  for (auto it = active_.begin(); it != active_.end();) {
    Active& active = it->second;
    const bool over = now - active.last >= kFinishAfter;
    const bool stale = now - active.refreshed >= kRefreshEvery;
    if (active.count > active.sent && (over || stale)) {
      active.sent = active.count;
      active.refreshed = now;
      writes.push_back(seriesPatch(active));
    }
    it = over ? active_.erase(it) : std::next(it);
  }
  return writes;
}

}  // namespace windlass::kube
