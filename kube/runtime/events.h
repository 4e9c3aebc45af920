#pragma once
// Events for people. Source: client-go tools/events (events.k8s.io/v1): equal events become one series.
#include <string>

#include "kube/object/json.h"
#include "kube/object/resource.h"

namespace windlass::kube {

enum class EventType { Normal, Warning };

struct EventSpec {
  EventType type = EventType::Normal;
  std::string reason;  // CamelCase, "DatabaseUnreachable"
  std::string action;  // what was being done, "Reconcile"
  std::string note;    // one sentence for a person, at most 1024 bytes; never a secret
};

// Never blocks: a bounded queue (1000) and a background writer; overflow is counted and dropped. Thread-safe.
class EventRecorder {
 public:
  virtual ~EventRecorder() = default;
  virtual void record(const ResourceKind& kind, const Json& regarding, const EventSpec& event) = 0;
};

}  // namespace windlass::kube
