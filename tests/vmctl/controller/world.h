#pragma once
// Small VMs and pods for the controller's tests, in the states a cluster brings them into.
#include <string>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "kube/object/meta.h"
#include "vmctl/controller/carrier_pod.h"
#include "vmctl/controller/decide.h"

namespace windlass::vm::test {

using kube::Json;

inline const kube::TimePoint T0 = kube::parseTime("2026-01-01T00:00:00Z");

inline Json vmJson(const std::string& runStrategy = "Always") {
  return Json{
      {"apiVersion", "windlass.dev/v1alpha1"},
      {"kind", "VirtualMachine"},
      {"metadata",
       {{"name", "web"}, {"namespace", "shop"}, {"uid", "vm-1"}, {"generation", 1}, {"labels", {{"app", "web"}}}}},
      {"spec",
       {{"runStrategy", runStrategy}, {"memory", "128Mi"}, {"image", {{"reference", "windlass.dev/guest-tiny:1"}}}}}};
}

inline VirtualMachine vmOf(const Json& json) {
  return decodeVirtualMachine(json).value();
}

// As the API server stores a pod just made.
inline Json newPod(const Json& vm, const std::string& uid = "pod-1") {
  Json pod = carrierPod(vmOf(vm), {});
  pod["metadata"]["uid"] = uid;
  pod["metadata"]["creationTimestamp"] = kube::formatTime(T0);
  pod["status"] = {{"phase", "Pending"}};
  return pod;
}

inline void setPodCondition(Json& pod, const std::string& type, const std::string& status,
                            const std::string& reason = "", const std::string& message = "") {
  pod["status"]["conditions"].push_back({{"type", type},
                                         {"status", status},
                                         {"reason", reason},
                                         {"message", message},
                                         {"lastTransitionTime", kube::formatTime(T0)}});
}

inline Json scheduledPod(const Json& vm) {
  Json pod = newPod(vm);
  pod["spec"]["nodeName"] = "node1";
  setPodCondition(pod, "PodScheduled", "True");
  return pod;
}

inline Json waitingPod(const Json& vm, const std::string& reason, const std::string& message) {
  Json pod = scheduledPod(vm);
  pod["status"]["containerStatuses"] =
      Json::array({Json{{"name", "guest"}, {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}}});
  return pod;
}

inline Json runningPod(const Json& vm, bool ready) {
  Json pod = scheduledPod(vm);
  pod["status"]["phase"] = "Running";
  pod["status"]["podIP"] = "10.0.0.7";
  setPodCondition(pod, "Ready", ready ? "True" : "False");
  pod["status"]["containerStatuses"] =
      Json::array({Json{{"name", "guest"}, {"state", {{"running", {{"startedAt", kube::formatTime(T0)}}}}}}});
  return pod;
}

inline Json endedPod(const Json& vm, int exitCode, std::chrono::seconds ran = std::chrono::seconds(1),
                     const std::string& uid = "pod-1") {
  Json pod = scheduledPod(vm);
  pod["metadata"]["uid"] = uid;
  pod["status"]["phase"] = exitCode == 0 ? "Succeeded" : "Failed";
  pod["status"]["containerStatuses"] = Json::array({Json{{"name", "guest"},
                                                         {"state",
                                                          {{"terminated",
                                                            {{"exitCode", exitCode},
                                                             {"reason", exitCode == 0 ? "Completed" : "Error"},
                                                             {"startedAt", kube::formatTime(T0)},
                                                             {"finishedAt", kube::formatTime(T0 + ran)}}}}}}});
  return pod;
}

inline Json guestStatus(const std::string& phase = "Running", const std::string& podUid = "pod-1") {
  return Json{{"guest", {{"phase", phase}, {"podUID", podUid}, {"nodeName", "node1"}}}};
}

inline Decision decideAt(const Json& vm, const Json* pod, std::chrono::milliseconds after = {},
                         const Json& status = Json::object(), const Json* node = nullptr) {
  return decide({vmOf(vm), status, pod, node, {}, T0 + after});
}

}  // namespace windlass::vm::test
