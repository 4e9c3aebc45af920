#include "operator/render/pod_problems.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

using kube::find;
using kube::intAt;
using kube::stringAt;

constexpr std::size_t kSentence = 240;

// Init containers first: what they fail at keeps the others from starting.
std::vector<const Json*> containerStatuses(const Json& pod) {
  std::vector<const Json*> all;
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : kube::arrayAt(pod, list)) all.push_back(&status);
  }
  return all;
}

std::string exitOf(const Json& terminated) {
  const std::string why = stringAt(terminated, "/reason");
  std::string text = fmt::format("exit code {}", intAt(terminated, "/exitCode"));
  if (why == "OOMKilled") text += ", out of memory";
  const std::string line = lastLine(stringAt(terminated, "/message"));
  return line.empty() ? text : text + ": " + line;
}

bool isImageReason(const std::string& reason) {
  static const std::vector<std::string> reasons{"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull",
                                                "InvalidImageName", "ImageInspectError"};
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

PodProblem imageProblem(const Json& pod, const Json& status, const std::string& reason) {
  const std::string image = stringAt(status, "/image");
  return {
      true, reason,
      fmt::format("pod {}: image {} of container {} cannot be pulled ({})", kube::nameOf(pod), image,
                  stringAt(status, "/name"), reason),
      fmt::format("push or load the image {} where the nodes can reach it, or correct the image in the spec", image)};
}

PodProblem configProblem(const Json& pod, const Json& status, const std::string& reason) {
  return {true, reason,
          fmt::format("pod {}: container {} cannot be made: {}", kube::nameOf(pod), stringAt(status, "/name"),
                      lastLine(stringAt(status, "/state/waiting/message"))),
          "create the Secret or ConfigMap (and its key) that the message names"};
}

PodProblem crashProblem(const Json& pod, const Json& status) {
  const Json* last = find(status, "/lastState/terminated");
  return {true, "CrashLoopBackOff",
          fmt::format("pod {}: container {} keeps failing: {}", kube::nameOf(pod), stringAt(status, "/name"),
                      last != nullptr ? exitOf(*last) : "its exit is not known"),
          fmt::format("read `kubectl logs -n {} {} -c {} --previous`", kube::namespaceOf(pod), kube::nameOf(pod),
                      stringAt(status, "/name"))};
}

std::optional<PodProblem> waitingProblem(const Json& pod, const Json& status) {
  const std::string reason = stringAt(status, "/state/waiting/reason");
  if (isImageReason(reason)) return imageProblem(pod, status, reason);
  if (reason == "CreateContainerConfigError" || reason == "CreateContainerError" || reason == "RunContainerError")
    return configProblem(pod, status, reason);
  if (reason == "CrashLoopBackOff") return crashProblem(pod, status);
  return std::nullopt;
}

std::optional<PodProblem> schedulingProblem(const Json& pod) {
  for (const Json& condition : kube::arrayAt(pod, "/status/conditions")) {
    if (stringAt(condition, "/type") != "PodScheduled" || stringAt(condition, "/status") != "False") continue;
    // Any other reason (SchedulerError: a write that met another one) the scheduler tries again by itself.
    if (stringAt(condition, "/reason") != "Unschedulable") continue;
    return PodProblem{
        true, "Unschedulable",
        fmt::format("pod {} fits on no node: {}", kube::nameOf(pod), lastLine(stringAt(condition, "/message"))),
        "add nodes or room on them, or lower requests, replicas or placement rules"};
  }
  return std::nullopt;
}

std::optional<PodProblem> mountProblem(const Json& pod, const std::vector<Json>& warnings) {
  const std::string note = warningAbout(pod, warnings, "FailedMount");
  if (note.empty() || stringAt(pod, "/status/phase") != "Pending") return std::nullopt;
  // Anything else (a slow cache, a volume on its way from another node) passes by itself.
  const bool missing = note.find("not found") != std::string::npos || note.find("non-existent") != std::string::npos;
  return PodProblem{missing, "FailedMount", fmt::format("pod {}: {}", kube::nameOf(pod), note),
                    missing ? "create the Secret, ConfigMap or volume that the message names" : ""};
}

// When the newest container of a failed pod ended, for choosing the one that tells why.
const Json* lastFailure(const Json& pod) {
  const Json* found = nullptr;
  for (const Json* status : containerStatuses(pod)) {
    for (const char* where : {"/state/terminated", "/lastState/terminated"}) {
      const Json* terminated = find(*status, where);
      if (terminated == nullptr || intAt(*terminated, "/exitCode") == 0) continue;
      if (found == nullptr || stringAt(*terminated, "/finishedAt") > stringAt(*found, "/finishedAt"))
        found = terminated;
    }
  }
  return found;
}

}  // namespace

std::string lastLine(const std::string& text) {
  std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return "";
  std::size_t begin = text.find_last_of('\n', end);
  begin = begin == std::string::npos ? 0 : begin + 1;
  std::string line = text.substr(begin, end + 1 - begin);
  if (line.size() <= kSentence) return line;
  std::size_t cut = kSentence;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
  return line.substr(0, cut) + "…";
}

std::string terminationOf(const Json& pod) {
  const Json* terminated = lastFailure(pod);
  if (terminated != nullptr) return exitOf(*terminated);
  return lastLine(stringAt(pod, "/status/message"));  // evicted, node lost
}

std::string warningAbout(const Json& object, const std::vector<Json>& warnings, std::string_view reason) {
  const Json* newest = nullptr;
  auto when = [](const Json& event) {
    return std::max({stringAt(event, "/series/lastObservedTime"), stringAt(event, "/eventTime"),
                     stringAt(event, "/deprecatedLastTimestamp"), stringAt(event, "/lastTimestamp")});
  };
  for (const Json& event : warnings) {
    if (stringAt(event, "/reason") != reason) continue;
    if (stringAt(event, "/regarding/name") != kube::nameOf(object)) continue;
    if (stringAt(event, "/regarding/kind") != kube::kindOf(object)) continue;
    const std::string uid = stringAt(event, "/regarding/uid");
    if (!uid.empty() && uid != kube::uidOf(object)) continue;
    if (newest == nullptr || when(event) >= when(*newest)) newest = &event;
  }
  return newest == nullptr ? "" : lastLine(stringAt(*newest, "/note"));
}

std::optional<PodProblem> podProblem(const Json& pod, const std::vector<Json>& warnings) {
  for (const Json* status : containerStatuses(pod)) {
    if (auto problem = waitingProblem(pod, *status)) return problem;
  }
  if (auto problem = schedulingProblem(pod)) return problem;
  if (auto problem = mountProblem(pod, warnings)) return problem;
  const std::string why = terminationOf(pod);
  if (why.empty()) return std::nullopt;
  return PodProblem{false, "PodFailed", fmt::format("pod {} failed: {}", kube::nameOf(pod), why), ""};
}

std::optional<PodProblem> worstPodProblem(const std::vector<const Json*>& pods, const std::vector<Json>& warnings) {
  std::optional<PodProblem> worst;
  for (const Json* pod : pods) {
    if (kube::isDeleting(*pod) || kube::isConditionTrue(*pod, "Ready")) continue;
    auto problem = podProblem(*pod, warnings);
    if (problem && (!worst || (problem->blocking && !worst->blocking))) worst = std::move(problem);
  }
  return worst;
}

}  // namespace windlass::ops
