// Why a container ended. Source: k8s.io/api core/v1 ContainerState, PodCondition DisruptionTarget; kubelet's Events.
#include <optional>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/cli/explain.h"

namespace windlass::ops {
namespace {

using kube::Json;

// The newest note of this reason about the pod that mentions the container.
std::string noteOf(const std::vector<Json>& events, const std::string& pod, const char* reason, const char* words) {
  std::string note, at;
  for (const Json& event : events) {
    const std::string said = kube::stringAt(event, "/note"), time = kube::stringAt(event, "/eventTime");
    const bool fits = kube::stringAt(event, "/regarding/name") == pod && kube::stringAt(event, "/reason") == reason &&
                      said.find(words) != std::string::npos;
    if (fits && (note.empty() || time >= at)) {
      note = said;
      at = time;
    }
  }
  return note;
}

std::string memoryLimit(const Json& pod, const std::string& container) {
  for (const Json& one : kube::arrayAt(pod, "/spec/containers"))
    if (kube::stringAt(one, "/name") == container) return kube::stringAt(one, "/resources/limits/memory");
  return "";
}

std::string endOf(const Json& pod, const std::string& container, const Json& ended, const std::vector<Json>& events) {
  const std::string reason = kube::stringAt(ended, "/reason");
  const auto code = kube::intAt(ended, "/exitCode");
  if (reason == "OOMKilled") {
    const std::string limit = memoryLimit(pod, container);
    return "it used more memory than its limit" + (limit.empty() ? "" : " of " + limit) + " (OOMKilled)";
  }
  if (const std::string note = noteOf(events, kube::nameOf(pod), "Unhealthy", "iveness"); code != 0 && !note.empty())
    return fmt::format("it was ended because its check failed: {} (exit code {})", note, code);
  if (reason == "ContainerStatusUnknown" || code == 255) return "its node restarted or was out of reach";
  const std::string message = kube::stringAt(ended, "/message");
  return fmt::format("it ended by itself with exit code {}{}{}", code, reason.empty() ? "" : ", " + reason,
                     message.empty() ? "" : ": " + message);
}

std::string containerText(const Json& pod, const Json& status, const std::vector<Json>& events) {
  const std::string name = kube::stringAt(status, "/name");
  const auto restarts = kube::intAt(status, "/restartCount");
  std::string out;
  const Json* ended = kube::find(status, "/lastState/terminated");
  if (ended == nullptr) ended = kube::find(status, "/state/terminated");
  if (ended != nullptr)
    out +=
        fmt::format("  {} container {}, {} restart{}, last at {}: {}\n", kube::nameOf(pod), name, restarts,
                    restarts == 1 ? "" : "s", kube::stringAt(*ended, "/finishedAt"), endOf(pod, name, *ended, events));
  if (const Json* waiting = kube::find(status, "/state/waiting"); waiting != nullptr) {
    const std::string message = kube::stringAt(*waiting, "/message");
    out += fmt::format("  {} container {} does not run: {}{}\n", kube::nameOf(pod), name,
                       kube::stringAt(*waiting, "/reason"), message.empty() ? "" : ": " + message);
  }
  return out;
}

// Why the whole pod goes or went.
std::string podText(const Json& pod) {
  const std::string reason = kube::stringAt(pod, "/status/reason");
  if (!reason.empty())
    return fmt::format("  {}: {}: {}\n", kube::nameOf(pod), reason, kube::stringAt(pod, "/status/message"));
  for (const Json& condition : kube::arrayAt(pod, "/status/conditions"))
    if (kube::stringAt(condition, "/type") == "DisruptionTarget" && kube::stringAt(condition, "/status") == "True")
      return fmt::format("  {} is taken away: {}: {}\n", kube::nameOf(pod), kube::stringAt(condition, "/reason"),
                         kube::stringAt(condition, "/message"));
  return kube::isDeleting(pod) ? fmt::format("  {} is deleted since {}\n", kube::nameOf(pod),
                                             kube::stringAt(pod, "/metadata/deletionTimestamp"))
                               : "";
}

}  // namespace

std::string restartText(const Json& pod, const std::vector<Json>& events) {
  std::string out = podText(pod);
  for (const char* group : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : kube::arrayAt(pod, group)) {
      // An init container that is done has ended as it should.
      const bool isDone = std::string_view(group) == "/status/initContainerStatuses" &&
                          kube::stringAt(status, "/state/terminated/reason") == "Completed" &&
                          kube::intAt(status, "/restartCount") == 0;
      if (!isDone) out += containerText(pod, status, events);
    }
  }
  return out;
}

}  // namespace windlass::ops
