#include "kube/object/conditions.h"

#include <algorithm>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxMessage = 32768;  // metav1.Condition.message maxLength

// Cuts at a UTF-8 character boundary: half a character would be rejected by the server.
std::string bounded(std::string text) {
  if (text.size() <= kMaxMessage) return text;
  std::size_t end = kMaxMessage - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

Json::iterator byType(Json& conditions, const std::string& type) {
  return std::find_if(conditions.begin(), conditions.end(),
                      [&type](const Json& item) { return stringAt(item, "/type") == type; });
}

}  // namespace

bool setCondition(Json& conditions, const Condition& condition, TimePoint now) {
  if (!conditions.is_array()) conditions = Json::array();
  Json next{{"type", condition.type},
            {"status", condition.status},
            {"reason", condition.reason},
            {"message", bounded(condition.message)},
            {"observedGeneration", condition.observedGeneration},
            {"lastTransitionTime", formatTime(now)}};
  const auto old = byType(conditions, condition.type);
  if (old == conditions.end()) {
    conditions.push_back(std::move(next));
    return true;
  }
  const std::string since = stringAt(*old, "/lastTransitionTime");
  if (stringAt(*old, "/status") == condition.status && !since.empty()) next["lastTransitionTime"] = since;
  if (*old == next) return false;
  *old = std::move(next);
  return true;
}

const Json* findCondition(const Json& object, std::string_view type) {
  const Json* list = find(object, "/status/conditions");
  if (!list || !list->is_array()) return nullptr;
  for (const Json& item : *list)
    if (stringAt(item, "/type") == type) return &item;
  return nullptr;
}

bool isConditionTrue(const Json& object, std::string_view type) {
  const Json* condition = findCondition(object, type);
  return condition && stringAt(*condition, "/status") == "True";
}

}  // namespace windlass::kube
