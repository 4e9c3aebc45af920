#pragma once
// Turns occurrences into events.k8s.io/v1 objects: equal ones become one Event with a series. Pure: time comes in.
// Source: client-go tools/events/event_broadcaster.go (recordToSink, refreshExistingEventSeries, finishSeries).
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/runtime/clock.h"
#include "kube/runtime/events.h"

namespace windlass::kube {

struct Occurrence {
  ResourceKind kind;
  std::string apiVersion, name, ns, uid, resourceVersion;  // of what it is about
  EventSpec event;
};

// Something to send: create `body` as an Event, or merge it into the Event `key`.
struct EventWrite {
  enum class Verb { Create, MergePatch } verb = Verb::Create;
  ObjectKey key;
  Json body;
};

class EventSeries {
 public:
  EventSeries(std::string controller, std::string instance)
      : controller_(std::move(controller)), instance_(std::move(instance)) {}

  // The first of its kind is created, the second starts a series; further ones are only counted until a tick.
  std::optional<EventWrite> occurred(const Occurrence& what, SteadyTime now, TimePoint wallTime);
  // Refreshes running series every 30 min; finishes those quiet for 6 min with their final count.
  std::vector<EventWrite> tick(SteadyTime now, TimePoint wallTime);
  std::size_t size() const { return active_.size(); }

 private:
  struct Active {
    ObjectKey key;
    int count = 1;      // occurrences so far
    int sent = 1;       // as the API server knows it
    SteadyTime last{};  // of the last occurrence
    TimePoint lastWall{};
    SteadyTime refreshed{};
  };
  Json newEvent(const Occurrence& what, const ObjectKey& key, TimePoint wallTime) const;
  static EventWrite seriesPatch(const Active& active);

  const std::string controller_, instance_;
  std::map<std::string, Active> active_;
  std::int64_t lastNanos_ = 0;
};

}  // namespace windlass::kube
