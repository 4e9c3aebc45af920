#include "operator/cli/upgrade_command.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/cli/read_inputs.h"
#include "operator/cli/run_text.h"
#include "operator/model/labels.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/cloud_plan.h"
#include "operator/render/settings_change.h"

namespace windlass::ops {
namespace {

using kube::Json;

constexpr std::size_t kMostSettings = 1000;

kube::Result<Json> read(kube::Client& client, const kube::ResourceKind& kind, const kube::ObjectKey& key) {
  auto object = client.get(kind, key);
  if (!object) return kube::wrap("cannot read " + kind.kind + " " + key.toString(), object.error());
  return object;
}

// What the operator keeps of them; asked for only when the cloud holds settings.
kube::Result<SettingsBook> settingsOfCloud(kube::Client& client, const Json& cloud) {
  if (kube::stringAt(cloud, "/status/settings").empty()) return SettingsBook{};
  kube::ListOptions options;
  options.ns = kube::namespaceOf(cloud);
  options.labelSelector = fmt::format("{}={}", kCloudLabel, kube::nameOf(cloud));
  const auto page = kube::listAll(client, kube::kinds::ControllerRevision, options, kMostSettings);
  if (!page) return kube::wrap("cannot list the ControllerRevisions that hold settings", page.error());
  return settingsBook(page->items, cloud);
}

kube::Result<std::string> say(kube::Client& client, const UpgradeFlags& flags, const Json& spec,
                              const std::string& done) {
  const kube::ObjectKey key{flags.ns, flags.name};
  const auto changed = client.patch(kUpgradeRunKind, key, kube::PatchType::Merge, {{"spec", spec}});
  if (!changed) return kube::wrap("cannot change UpgradeRun " + key.toString(), changed.error());
  return done + "\n";
}

}  // namespace

kube::Result<std::string> approvePlan(kube::Client& client, const UpgradeFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Json plan, read(client, kUpgradePlanKind, {flags.ns, flags.name}));
  const std::string hash = kube::stringAt(plan, "/spec/hash");
  if (flags.hash != hash) {
    return kube::fail(
        kube::ErrorKind::Invalid,
        fmt::format("--hash: is not the hash of plan {}, which is {}; read the plan first", flags.name, hash));
  }
  Json run = kube::newObject(kUpgradeRunKind, {flags.ns, flags.run.empty() ? flags.name : flags.run});
  run["spec"] = {{"plan", flags.name}, {"approvedHash", hash}};
  if (!flags.canaryPolicy.empty()) run["spec"]["canaryPolicy"] = flags.canaryPolicy;
  const auto made = client.create(kUpgradeRunKind, run);
  if (!made) return kube::wrap("cannot make UpgradeRun " + kube::keyOf(run).toString(), made.error());
  return fmt::format("UpgradeRun {} carries out plan {}\n", kube::nameOf(run), flags.name);
}

kube::Result<std::string> pauseRun(kube::Client& client, const UpgradeFlags& flags) {
  return say(client, flags, {{"state", "Paused"}},
             "it pauses between two steps; a canary is held in its stage and judged on");
}

// Out of a pause, and after a failure.
kube::Result<std::string> resumeRun(kube::Client& client, const UpgradeFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Json run, read(client, kUpgradeRunKind, {flags.ns, flags.name}));
  Json spec = {{"state", "Running"}};
  if (kube::stringAt(run, "/status/mode") == "Failed") spec["resume"] = kube::intAt(run, "/status/resumed") + 1;
  return say(client, flags, spec, "it goes on");
}

kube::Result<std::string> rollBackRun(kube::Client& client, const UpgradeFlags& flags) {
  return say(client, flags, {{"state", "RolledBack"}},
             "it is taken back, if that is possible; see windlass upgrade status");
}

// Beyond the point of no return; nobody loses data by a slip of the hand.
kube::Result<std::string> restoreRun(kube::Client& client, const UpgradeFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Json run, read(client, kUpgradeRunKind, {flags.ns, flags.name}));
  if (!flags.acceptDataLoss) {
    return kube::fail(kube::ErrorKind::Invalid,
                      fmt::format("--accept-data-loss: is missing. Services whose schema cannot be taken back are "
                                  "stopped, their databases are put back from the backups of run {}, and the old "
                                  "release begins: what was written to them since is lost. Without loss: windlass "
                                  "upgrade resume {}, or rollback before the point of no return",
                                  flags.name, flags.name));
  }
  return say(client, flags, {{"state", "Restored"}},
             "the backups are put in, if that is possible; see windlass upgrade watch");
}

kube::Result<std::string> approveContract(kube::Client& client, const UpgradeFlags& flags) {
  return say(client, flags, {{"contractApproved", true}}, "the contract phase may begin");
}

kube::Result<std::string> acknowledgeGates(kube::Client& client, const UpgradeFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Json run, read(client, kUpgradeRunKind, {flags.ns, flags.name}));
  std::set<std::string> all(flags.gates.begin(), flags.gates.end());
  for (const Json& gate : kube::arrayAt(run, "/spec/acknowledged")) all.insert(gate.get<std::string>());
  return say(client, flags, {{"acknowledged", all}}, fmt::format("answered with yes: {}", fmt::join(all, ", ")));
}

kube::Result<std::string> showRun(kube::Client& client, const UpgradeFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Json run, read(client, kUpgradeRunKind, {flags.ns, flags.name}));
  std::string out = fmt::format("{}: {}\n", kube::nameOf(run), kube::stringAt(run, "/status/phase", "Planned"));
  out += titledLine("", kube::stringAt(run, "/status/message"));
  out += titledLine("waits for", kube::stringAt(run, "/status/waitingFor"));
  if (kube::isConditionTrue(run, "Refused"))
    out += titledLine("refused", kube::stringAt(*kube::findCondition(run, "Refused"), "/message"));
  out += titledLine("you may", actionsText(run));
  return out + canaryText(run) + stepsTable(run);
}

kube::Result<std::string> planOfCluster(kube::Client& client, const kube::ObjectKey& cloud, const PlanFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Catalog catalog, readCatalogFolder(flags.catalog));
  WINDLASS_TRY_ASSIGN(const Json object, read(client, kOpenStackCloudKind, cloud));
  WINDLASS_TRY_ASSIGN(OpenStackCloud decoded, decodeOpenStackCloud(object));
  if (!flags.to.empty()) decoded.spec.release = flags.to;
  WINDLASS_TRY_ASSIGN(const SettingsBook book, settingsOfCloud(client, object));
  WINDLASS_TRY_ASSIGN(const SettingsChange change,
                      settingsChangeOf(catalog, object, decoded, book, flags.imageRegistry));
  WINDLASS_TRY_ASSIGN(const UpgradePlan made, planOf(catalog, object, decoded, flags.imageRegistry, change));
  return showPlan(made, flags);
}

}  // namespace windlass::ops
