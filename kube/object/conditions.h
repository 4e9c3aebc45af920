#pragma once
// Status conditions. Source: metav1.Condition and the API conventions ("typical status properties").
#include <chrono>
#include <cstdint>
#include <string>

#include "kube/object/json.h"

namespace windlass::kube {

using TimePoint = std::chrono::system_clock::time_point;

struct Condition {
  std::string type;
  std::string status;   // "True", "False", "Unknown"
  std::string reason;   // CamelCase, not empty
  std::string message;  // at most 32768 bytes; longer ones are cut
  std::int64_t observedGeneration = 0;
};

// Inserts or replaces by type in an array of conditions. lastTransitionTime is `now` only when status flips (or the
// condition is new); otherwise the old one is kept. Returns true when anything but the time differs.
bool setCondition(Json& conditions, const Condition& condition, TimePoint now);
const Json* findCondition(const Json& object, std::string_view type);  // in /status/conditions
bool isConditionTrue(const Json& object, std::string_view type);

std::string formatTime(TimePoint time);       // RFC 3339, seconds, "Z"  (metav1.Time)
std::string formatMicroTime(TimePoint time);  // six fractional digits     (metav1.MicroTime)
// The epoch when `text` is not RFC 3339; the first or last second there is (1677, 2262) for times beyond.
TimePoint parseTime(std::string_view text);

}  // namespace windlass::kube
