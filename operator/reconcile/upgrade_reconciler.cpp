#include "operator/reconcile/upgrade_reconciler.h"

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/execute/run_json.h"
#include "operator/model/canary_policy.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/plan/cloud_plan.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/settings_keeper.h"
#include "operator/reconcile/upgrade_course.h"
#include "operator/reconcile/upgrade_driver.h"
#include "operator/render/settings_change.h"

namespace windlass::ops {
namespace {

using std::chrono::seconds;

// Changes of pods do not wake us: a step that changes them is looked at so often.
constexpr seconds kLookAtStep{3};
// One window of a canary: long enough to count in, short enough to notice.
constexpr seconds kLookAtCanary{5};
// What a run that has not begun waits for.
constexpr seconds kLookAtCloud{15};
// Names of runs are values of labels.
constexpr std::size_t kLongestName = 63;

// Why a run cannot even be looked at.
struct Refusal {
  std::string reason, message;
};

Refusal invalid(const kube::Error& error) {
  return {"Invalid", error.toString()};
}

// The run gets the label that wakes its cloud, and the cloud as owner: it belongs to this very cloud, and goes with it.
Result<Json> adoptRun(kube::Client& client, const Json& run, const Json& cloud) {
  if (belongsTo(run, cloud) && kube::labelOf(run, kCloudLabel) == kube::nameOf(cloud)) return run;
  Json object = kube::newObject(kUpgradeRunKind, kube::keyOf(run));
  object["metadata"]["labels"][std::string(kCloudLabel)] = kube::nameOf(cloud);
  object["metadata"]["ownerReferences"] = Json::array({{{"apiVersion", kOpenStackCloudKind.apiVersion()},
                                                        {"kind", kOpenStackCloudKind.kind},
                                                        {"name", kube::nameOf(cloud)},
                                                        {"uid", kube::uidOf(cloud)}}});
  auto adopted = client.apply(kUpgradeRunKind, object, {std::string(kFieldManager), true, false});
  if (!adopted) return kube::wrap("cannot take over run " + kube::keyOf(run).toString(), adopted.error());
  return std::move(*adopted);
}

// Another run of the cloud that is in work, "".
std::string otherInWork(const std::vector<BegunRun>& runs, const Json& cloud, const std::string& self) {
  for (const BegunRun& begun : runs) {
    const Course course = courseOf(cloud, {begun});
    if (course.work && course.work->name != self) return course.work->name;
  }
  return "";
}

// Everything that a look rests on, or why there is none. An Error passes by itself.
class Reading {
 public:
  Reading(kube::Client& client, const Catalog& catalog, const std::string& registry)
      : client_(client), catalog_(catalog), registry_(registry) {}

  Result<std::optional<DriverInput>> read(const Json& object) {
    const auto decoded = decodeUpgradeRun(object);
    if (!decoded) return refuse(invalid(decoded.error()));
    if (kube::nameOf(object).size() > kLongestName)
      return refuse({"Invalid", "metadata.name: must be at most 63 characters, it is the value of labels"});
    const kube::ObjectKey planKey{kube::namespaceOf(object), decoded->spec.plan};
    WINDLASS_TRY_ASSIGN(const auto planObject, getIfThere(client_, kUpgradePlanKind, planKey));
    if (!planObject) return refuse({"NoPlan", "spec.plan: there is no UpgradePlan " + planKey.toString()});
    auto plan = planFromJson(planObject->value("spec", Json::object()));
    if (!plan) return refuse(invalid(plan.error()));
    const std::string hash = kube::stringAt(*planObject, "/spec/hash");
    if (hash != decoded->spec.approvedHash) {
      return refuse({"HashMismatch", "spec.approvedHash: is not the hash of plan " + planKey.name + ", which is " +
                                         hash + "; read that plan and make another run"});
    }
    const kube::ObjectKey cloudKey{planKey.ns, plan->cloud};
    WINDLASS_TRY_ASSIGN(const auto cloud, getIfThere(client_, kOpenStackCloudKind, cloudKey));
    if (!cloud || kube::isDeleting(*cloud))
      return refuse({"NoCloud", "there is no OpenStackCloud " + cloudKey.toString() + ", for which the plan was made"});
    return complete(object, decoded->spec, std::move(*plan), hash, *cloud);
  }

  const Refusal& refusal() const { return refusal_; }

 private:
  std::optional<DriverInput> refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    return std::nullopt;
  }

  Result<std::optional<DriverInput>> complete(const Json& object, const UpgradeRunSpec& spec, UpgradePlan plan,
                                              const std::string& hash, const Json& cloud) {
    const bool wasBegun = !kube::stringAt(object, "/status/mode").empty();
    if (wasBegun && !belongsTo(object, cloud))
      return refuse({"NoCloud", "the cloud that this run was begun for is gone, this one has only its name"});
    WINDLASS_TRY_ASSIGN(const auto policy, policyOf(object, spec));
    if (!policy && !wasBegun) return std::nullopt;
    WINDLASS_TRY_ASSIGN(Json adopted, adoptRun(client_, object, cloud));
    WINDLASS_TRY_ASSIGN(const auto runs, begunRuns(client_, cloud));
    const auto decoded = decodeOpenStackCloud(cloud);
    WINDLASS_TRY_ASSIGN(const KeptSettings kept, readSettings(client_, cloud));
    Result<UpgradePlan> present =
        decoded ? presentPlan(cloud, *decoded, kept) : Result<UpgradePlan>(tl::unexpect, decoded.error());
    OpenStackCloud before = decoded.value_or(OpenStackCloud{});
    if (const auto left = settingsFor({plan.settingsFrom}, kept.book); left && !plan.settingsFrom.empty())
      before.spec = withSettings(std::move(before.spec), left->at(plan.settingsFrom));
    return DriverInput{std::move(adopted),
                       spec,
                       std::move(plan),
                       hash,
                       cloud,
                       decoded.value_or(OpenStackCloud{}),
                       std::move(before),
                       std::move(present),
                       otherInWork(runs, cloud, kube::nameOf(object)),
                       policy.value_or(Json())};
  }

  Result<UpgradePlan> presentPlan(const Json& cloud, const OpenStackCloud& decoded, const KeptSettings& kept) const {
    WINDLASS_TRY_ASSIGN(const SettingsChange change, settingsChangeOf(catalog_, cloud, decoded, kept.book, registry_));
    return planOf(catalog_, cloud, decoded, registry_, change);
  }

  // Its spec. nullopt when there is none that can be used, which is refused as long as nothing was begun: a run in work
  // has kept its own.
  Result<std::optional<Json>> policyOf(const Json& run, const UpgradeRunSpec& spec) {
    if (spec.canaryPolicy.empty()) return std::optional<Json>(Json::object());
    const kube::ObjectKey key{kube::namespaceOf(run), spec.canaryPolicy};
    WINDLASS_TRY_ASSIGN(const auto object, getIfThere(client_, kCanaryPolicyKind, key));
    std::optional<Json> none;
    if (!object) {
      refuse({"NoCanaryPolicy",
              fmt::format("spec.canaryPolicy: there is no CanaryPolicy {}; make it, or make a run that names none and "
                          "has the defaults",
                          key.toString())});
      return none;
    }
    if (const auto decoded = decodeCanaryPolicy(*object); !decoded) {
      refuse({"InvalidCanaryPolicy", fmt::format("spec.canaryPolicy: CanaryPolicy {} cannot be used: {}",
                                                 key.toString(), decoded.error().message)});
      return none;
    }
    return std::optional<Json>(object->at("spec"));
  }

  kube::Client& client_;
  const Catalog& catalog_;
  const std::string& registry_;
  Refusal refusal_;
};

kube::ReconcileOutcome afterLook(RunMode mode, bool watchesCanary) {
  if (watchesCanary) return {kLookAtCanary};
  if (isMoving(mode)) return {kLookAtStep};
  if (mode == RunMode::Planned) return {kLookAtCloud};
  return {};
}

Status publishRefusal(ReconcilerWorld& world, const Json& object, const Refusal& refusal) {
  const Json status = refusedStatusOf(object, refusal.reason, refusal.message, world.now());
  if (status == object.value("status", Json::object())) return {};
  Json changed = object;
  changed["status"] = status;
  const auto written = world.client.update(kUpgradeRunKind, changed, "status");
  if (!written) return kube::wrap("cannot write the status of run " + kube::nameOf(object), written.error());
  world.events.record(kUpgradeRunKind, object, {kube::EventType::Warning, "Refused", "Upgrade", refusal.message});
  return {};
}

// Another leader, or a person, wrote in between: look again.
bool isOvertaken(const kube::Error& error) {
  return error.kind == kube::ErrorKind::Conflict || error.kind == kube::ErrorKind::NotFound;
}

}  // namespace

UpgradeReconciler::UpgradeReconciler(ReconcilerWorld world, const Catalog& catalog, RenderContext context)
    : world_(std::move(world)), catalog_(catalog), context_(std::move(context)) {}

Result<kube::ReconcileOutcome> UpgradeReconciler::reconcile(const kube::ObjectKey& key) {
  WINDLASS_TRY_ASSIGN(const auto object, getIfThere(world_.client, kUpgradeRunKind, key));
  if (!object || kube::isDeleting(*object)) return kube::ReconcileOutcome{};
  Reading reading(world_.client, catalog_, context_.imageRegistry);
  WINDLASS_TRY_ASSIGN(auto input, reading.read(*object));
  if (!input) {
    WINDLASS_TRY(publishRefusal(world_, *object, reading.refusal()));
    return kube::ReconcileOutcome{kLookAtCloud};
  }
  auto run = runFromStatus(input->plan, input->hash, input->object.value("status", Json::object()));
  if (!run) {
    WINDLASS_TRY(publishRefusal(world_, input->object, invalid(run.error())));
    return kube::ReconcileOutcome{};
  }
  UpgradeDriver driver(world_, catalog_, context_, std::move(*input), std::move(*run));
  if (const auto driven = driver.drive(); !driven) {
    if (isOvertaken(driven.error())) return kube::ReconcileOutcome{seconds(1)};
    return kube::fail(driven.error());
  }
  return afterLook(driver.run().mode, driver.watchesCanary());
}

}  // namespace windlass::ops
