#include "vmctl/agent/guest_status.h"

#include "kube/object/meta.h"
#include "vmctl/carrier/protocol.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::Json;

namespace {

constexpr std::size_t kMaxMessage = 1024;

Json bodyOf(const Identity& identity, Json guest) {
  Json object = kube::newObject(VirtualMachineKind, {identity.ns, identity.name});
  object["metadata"]["uid"] = identity.vmUid;
  object["status"]["guest"] = std::move(guest);
  return object;
}

Json commonPart(const JournalEntry& entry, const std::string& node) {
  Json guest = {{"podUID", entry.identity.podUid},
                {"nodeName", node},
                {"accelerator", domainType(entry.acceleration)},
                {"generation", entry.identity.generation}};
  if (entry.network) {
    guest["mac"] = entry.network->mac;
    guest["addresses"] = entry.network->addresses;
  }
  if (entry.bootedAt != kube::TimePoint{}) guest["bootedAt"] = kube::formatTime(entry.bootedAt);
  return guest;
}

std::string_view reasonOf(int exitCode) {
  switch (exitCode) {
    case carrier::kExitClean:
      return "PoweredOff";
    case carrier::kExitCrashed:
      return "Crashed";
    case carrier::kExitForcedOff:
      return "ForcedOff";
    case carrier::kExitStartFailed:
      return "StartFailed";
    case carrier::kExitStartRefused:
      return "StartRefused";
    case carrier::kExitUnwitnessed:
      return "Unwitnessed";
    default:
      return "Evicted";
  }
}

}  // namespace

Json runningStatus(const JournalEntry& entry, const std::string& node) {
  Json guest = commonPart(entry, node);
  guest["phase"] = "Running";
  return bodyOf(entry.identity, std::move(guest));
}

Json endedStatus(const JournalEntry& entry, const std::string& node) {
  Json guest = commonPart(entry, node);
  const GuestEnd end = entry.end.value_or(GuestEnd{});
  guest["phase"] = end.exitCode == carrier::kExitClean ? "Stopped" : "Failed";
  guest["exitCode"] = end.exitCode;
  guest["reason"] = reasonOf(end.exitCode);
  guest["message"] = end.message.substr(0, kMaxMessage);
  guest["stoppedAt"] = kube::formatTime(end.at);
  return bodyOf(entry.identity, std::move(guest));
}

Json waitingStatus(const Identity& identity, const std::string& node, const std::string& message) {
  return bodyOf(identity, {{"phase", "Waiting"},
                           {"podUID", identity.podUid},
                           {"nodeName", node},
                           {"message", message.substr(0, kMaxMessage)}});
}

kube::Status writeStatus(kube::Client& client, const Json& object) {
  kube::ApplyOptions options;
  options.fieldManager = kAgentFieldManager;
  const kube::Result<Json> written = client.apply(VirtualMachineKind, object, options, "status");
  if (written || written.error().kind == ErrorKind::NotFound || written.error().kind == ErrorKind::Conflict) return {};
  return kube::wrap("cannot write the status of VirtualMachine " + kube::keyOf(object).toString(), written.error());
}

}  // namespace windlass::vm
