#include "vmctl/controller/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object/meta.h"

namespace windlass::vm {

using kube::Json;

namespace {

constexpr std::size_t MaxStatusMessage = 1024;

void put(Json& status, const char* name, const std::string& value) {
  if (!value.empty()) status[name] = value;
}

const Json* conditionIn(const Json& status, std::string_view type) {
  const Json* list = kube::find(status, "/conditions");
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const auto& condition : *list) {
    if (kube::stringAt(condition, "/type") == type) return &condition;
  }
  return nullptr;
}

// Only the conditions that are wanted now, with the transition times they have.
Json conditions(const Report& report, const Json& current, std::int64_t generation, kube::TimePoint now) {
  Json list = Json::array();
  const auto add = [&](const kube::Condition& condition) {
    if (const Json* old = conditionIn(current, condition.type)) list.push_back(*old);
    kube::setCondition(list, condition, now);
  };
  add({"Ready", report.ready, report.reason, report.message, generation});
  if (!report.changedFields.empty()) {
    add({"RestartRequired", "True", "SpecChanged",
         fmt::format("spec.{} changed after the guest was started; 'vmctl restart' applies it",
                     fmt::join(report.changedFields, ", spec.")),
         generation});
  }
  return list;
}

}  // namespace

Json statusOf(const Report& report, const Json& current, std::int64_t generation, kube::TimePoint now) {
  Json status{{"phase", report.phase}, {"observedGeneration", generation}};
  put(status, "message", report.message.substr(0, MaxStatusMessage));
  put(status, "nodeName", report.nodeName);
  put(status, "podName", report.podName);
  put(status, "podUID", report.podUid);
  put(status, "podIP", report.podIp);
  if (Json restarts = toJson(report.restarts); !restarts.is_null()) status["restarts"] = std::move(restarts);
  status["conditions"] = conditions(report, current, generation, now);
  return status;
}

bool sameStatus(const Json& current, const Json& wanted) {
  if (!current.is_object()) return false;
  Json ours = current;
  ours.erase("guest");
  return ours == wanted;
}

std::optional<kube::EventSpec> eventFor(const Report& report, const Json& current) {
  if (!report.warning) return std::nullopt;
  const Json* old = conditionIn(current, "Ready");
  const bool known = old != nullptr && kube::stringAt(*old, "/reason") == report.reason &&
                     kube::stringAt(*old, "/message") == report.message;
  if (known) return std::nullopt;
  return kube::EventSpec{kube::EventType::Warning, report.reason, "Reconcile", report.message};
}

}  // namespace windlass::vm
