#pragma once
// What the controller wants to know of a pod and of the node it is on, read once from raw JSON. Pure.
#include <optional>
#include <string>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

// How the carrier's container, and with it the guest, ended.
struct PodEnd {
  int exitCode = -1;  // -1: the pod failed before its container ran (evicted, refused by the node)
  std::string reason;
  std::string message;
  kube::TimePoint startedAt;   // the epoch when it never ran
  kube::TimePoint finishedAt;  // the pod's creation when unknown
};

struct PodView {
  std::string name;
  std::string uid;
  std::string nodeName;  // empty: not scheduled
  std::string ip;
  bool ours = false;          // its controller is this VirtualMachine
  bool predecessors = false;  // its controller is an earlier VirtualMachine of this name: garbage collection takes it
  bool deleting = false;
  bool ready = false;
  bool containerRunning = false;
  kube::TimePoint createdAt;
  kube::TimePoint scheduledAt;         // the epoch while not scheduled
  kube::TimePoint containerStartedAt;  // the epoch while not running
  std::string unschedulable;           // the scheduler's message
  std::string waitingReason;           // of the container, e.g. ImagePullBackOff
  std::string waitingMessage;
  std::optional<PodEnd> end;
};

PodView viewOf(const kube::Json& pod, const VirtualMachine& vm);

// True when the node is marked unreachable: what runs there is unknown.
bool isUnreachable(const kube::Json& node);

// Exit codes of the carrier (vmctl/carrier).
namespace exits {
inline constexpr int Off = 0;
inline constexpr int Crashed = 10;
inline constexpr int Forced = 11;
inline constexpr int StartFailed = 12;
inline constexpr int StartRefused = 13;
inline constexpr int EndedUnseen = 14;
inline constexpr int EndedByNode = 15;
}  // namespace exits

// "the guest was shut down", "QEMU was killed because ...": the exit code, reason and message in words.
std::string describe(const PodEnd& end);

}  // namespace windlass::vm
