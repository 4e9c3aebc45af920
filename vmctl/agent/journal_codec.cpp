#include <algorithm>

#include "kube/object/meta.h"
#include "vmctl/agent/journal.h"

namespace windlass::vm {
namespace {

using kube::ErrorKind;
using kube::fail;
using kube::Json;

constexpr std::string_view kStages[] = {"Starting", "Running", "Stopping", "Ended"};

std::int64_t toSeconds(kube::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
// A damaged file may hold any number; a TimePoint counts nanoseconds.
kube::TimePoint fromSeconds(std::int64_t count) {
  constexpr std::int64_t kFarthest =
      std::chrono::floor<std::chrono::seconds>(kube::TimePoint::max().time_since_epoch()).count();
  return kube::TimePoint(std::chrono::seconds(std::clamp(count, -kFarthest, kFarthest)));
}

std::vector<std::string> strings(const Json& object, std::string_view pointer) {
  std::vector<std::string> out;
  const Json* list = kube::find(object, pointer);
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& item : *list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

Json networkToJson(const GuestNetwork& network) {
  Json routes = Json::array();
  for (const Route& route : network.routes) routes.push_back({{"to", route.destination}, {"via", route.gateway}});
  return {{"mac", network.mac}, {"addresses", network.addresses},     {"routes", routes},
          {"mtu", network.mtu}, {"nameservers", network.nameservers}, {"search", network.searchDomains}};
}

GuestNetwork networkFromJson(const Json& json) {
  GuestNetwork network;
  network.mac = kube::stringAt(json, "/mac");
  network.addresses = strings(json, "/addresses");
  network.mtu = static_cast<int>(kube::intAt(json, "/mtu", 1500));
  network.nameservers = strings(json, "/nameservers");
  network.searchDomains = strings(json, "/search");
  const Json* routes = kube::find(json, "/routes");
  if (routes == nullptr || !routes->is_array()) return network;
  for (const Json& route : *routes) {
    network.routes.push_back({kube::stringAt(route, "/to"), kube::stringAt(route, "/via")});
  }
  return network;
}

Identity identityFromJson(const Json& json) {
  return {kube::stringAt(json, "/namespace"), kube::stringAt(json, "/name"), kube::stringAt(json, "/uid"),
          kube::intAt(json, "/generation"),   kube::stringAt(json, "/pod"),  kube::stringAt(json, "/podUid")};
}

}  // namespace

Json toJson(const JournalEntry& entry) {
  const Identity& id = entry.identity;
  Json json = {{"version", 1},
               {"vm",
                {{"namespace", id.ns},
                 {"name", id.name},
                 {"uid", id.vmUid},
                 {"generation", id.generation},
                 {"pod", id.podName},
                 {"podUid", id.podUid}}},
               {"stage", kStages[static_cast<std::size_t>(entry.stage)]},
               {"acceleration", domainType(entry.acceleration)},
               {"images", entry.images},
               {"bootedAt", toSeconds(entry.bootedAt)},
               {"runningReported", entry.runningReported},
               {"stopRequestedAt", toSeconds(entry.stopRequestedAt)},
               {"graceSeconds", entry.graceSeconds},
               {"timesAsked", entry.timesAsked},
               {"forcedOff", entry.forcedOff},
               {"endReported", entry.endReported}};
  if (entry.network) json["network"] = networkToJson(*entry.network);
  if (entry.end) {
    json["end"] = {
        {"exitCode", entry.end->exitCode}, {"message", entry.end->message}, {"at", toSeconds(entry.end->at)}};
  }
  return json;
}

kube::Result<JournalEntry> journalEntryFromJson(const Json& json) {
  if (kube::intAt(json, "/version") != 1) {
    return fail(ErrorKind::Decode, "a journal of version " + std::to_string(kube::intAt(json, "/version")) +
                                       "; this agent reads version 1");
  }
  JournalEntry entry;
  const Json* vm = kube::find(json, "/vm");
  if (vm != nullptr) entry.identity = identityFromJson(*vm);
  if (entry.identity.vmUid.empty() || entry.identity.podUid.empty()) {
    return fail(ErrorKind::Decode, "a journal that does not say whose it is");
  }
  const std::string stage = kube::stringAt(json, "/stage");
  bool known = false;
  for (std::size_t i = 0; i < std::size(kStages); ++i) {
    if (stage != kStages[i]) continue;
    entry.stage = static_cast<Stage>(i);
    known = true;
  }
  if (!known) return fail(ErrorKind::Decode, "a journal in the unknown stage '" + stage + "'");
  entry.acceleration = kube::stringAt(json, "/acceleration") == "kvm" ? Acceleration::Kvm : Acceleration::Emulation;
  if (const Json* network = kube::find(json, "/network")) entry.network = networkFromJson(*network);
  entry.images = strings(json, "/images");
  entry.bootedAt = fromSeconds(kube::intAt(json, "/bootedAt"));
  entry.runningReported = kube::boolAt(json, "/runningReported");
  entry.stopRequestedAt = fromSeconds(kube::intAt(json, "/stopRequestedAt"));
  entry.graceSeconds = static_cast<int>(kube::intAt(json, "/graceSeconds"));
  entry.timesAsked = static_cast<int>(kube::intAt(json, "/timesAsked"));
  entry.forcedOff = kube::boolAt(json, "/forcedOff");
  entry.endReported = kube::boolAt(json, "/endReported");
  if (kube::find(json, "/end") != nullptr) {
    entry.end = GuestEnd{static_cast<int>(kube::intAt(json, "/end/exitCode")), kube::stringAt(json, "/end/message"),
                         fromSeconds(kube::intAt(json, "/end/at"))};
  }
  return entry;
}

}  // namespace windlass::vm
