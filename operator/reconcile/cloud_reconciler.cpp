#include "operator/reconcile/cloud_reconciler.h"

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/log.h"
#include "operator/plan/canonical.h"
#include "operator/plan/cloud_plan.h"
#include "operator/reconcile/deletion.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/prune.h"
#include "operator/reconcile/status_writer.h"
#include "operator/reconcile/upgrade_offer.h"
#include "operator/reconcile/upgrade_plans.h"
#include "operator/render/settings_change.h"

namespace windlass::ops {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Nothing tells us when an outside Secret appears or a quota is raised: look again.
constexpr seconds kLookAgain{15};
// A finalizer in the way of a deletion belongs to somebody else.
constexpr seconds kLookAtDeletion{5};

// To look at what a change replaced.
constexpr std::size_t kSettingsBefore = 1;

kube::ReconcileOutcome again(milliseconds delay) {
  return {delay};
}

std::string hashOf(const RenderedCloud& rendered, const std::map<std::string, std::string>& references) {
  std::string bytes = Json(references).dump();
  for (const Stage& stage : rendered.stages) {
    bytes += "\n" + stage.name + "\n" + Json(stage.objects).dump();
    for (const SecretRequest& secret : stage.secrets) bytes += "\n" + secret.name;
  }
  return textHash(bytes);
}

std::set<std::string> wantedRefs(const RenderedCloud& rendered, const std::vector<CredentialRequest>& secrets) {
  std::set<std::string> wanted;
  for (const Stage& stage : rendered.stages) {
    for (const Json& object : stage.objects) wanted.insert(refOf(object));
  }
  for (const CredentialRequest& secret : secrets) wanted.insert(refOf("Secret", secret.request.name));
  return wanted;
}

std::map<std::string, std::string> claimsOf(const Observed& observed) {
  std::map<std::string, std::string> claims;
  for (const auto& [ref, object] : observed.objects) {
    const bool isBackup = kube::labelOf(object, kPurposeLabel) == "backup";
    if (kube::kindOf(object) == "PersistentVolumeClaim" && !isBackup && !kube::isDeleting(object))
      claims[kube::nameOf(object)] = kube::uidOf(object);
  }
  return claims;
}

// The finalizer patch tests the resourceVersion; the API server answers 422 when somebody wrote in between.
Result<kube::ReconcileOutcome> afterFinalizerError(const kube::Error& error) {
  if (error.kind == kube::ErrorKind::NotFound) return kube::ReconcileOutcome{};
  if (error.kind == kube::ErrorKind::Invalid || error.kind == kube::ErrorKind::Conflict)
    return again(milliseconds(500));
  return kube::wrap("cannot change the finalizer of the cloud", error);
}

// What is to run now. A release that runs stays until an approved plan has replaced it, and so do settings in use.
OpenStackCloud presentOf(const OpenStackCloud& wanted, const Course& course,
                         const std::map<std::string, Settings>& settings) {
  OpenStackCloud present = wanted;
  if (!course.release.empty()) present.spec.release = course.release;
  if (!course.settings.empty()) present.spec = withSettings(std::move(present.spec), settings.at(course.settings));
  return present;
}

UpgradeNote noteOf(const UpgradeOffer& offer) {
  return {offer.reason, offer.message, offer.plan.is_null() ? "" : kube::nameOf(offer.plan)};
}

// A run in work is not disturbed by a plan that differs in its words only.
bool offersTheSame(const UpgradeOffer& offer, const UpgradePlan& approved) {
  if (offer.plan.is_null()) return false;
  const auto offered = planFromJson(offer.plan.at("spec"));
  return offered && asksForTheSame(approved, *offered);
}

bool deletesData(const Json& cloud) {
  return kube::stringAt(cloud, "/spec/deletionPolicy") == "Delete";
}

}  // namespace

CloudReconciler::CloudReconciler(ReconcilerWorld world, const Catalog& catalog, RenderContext context)
    : world_(std::move(world)), catalog_(catalog), context_(std::move(context)), applier_(world_.client) {}

Result<kube::ReconcileOutcome> CloudReconciler::reconcile(const kube::ObjectKey& key) {
  WINDLASS_TRY_ASSIGN(const auto cloud, getIfThere(world_.client, kOpenStackCloudKind, key));
  if (!cloud) return kube::ReconcileOutcome{};
  if (kube::isDeleting(*cloud)) return remove(*cloud);
  const Json patch = kube::addFinalizerPatch(*cloud, kCloudFinalizer);
  if (patch.empty()) return raise(*cloud);
  const auto guarded = world_.client.patch(kOpenStackCloudKind, key, kube::PatchType::Json, patch);
  return guarded ? raise(*guarded) : afterFinalizerError(guarded.error());
}

Result<kube::ReconcileOutcome> CloudReconciler::raise(const Json& cloud) {
  const auto decoded = decodeOpenStackCloud(cloud);
  if (!decoded) return refuse(cloud, invalidReport("InvalidSpec", decoded.error().toString()));
  return raiseDecoded(cloud, *decoded);
}

Result<kube::ReconcileOutcome> CloudReconciler::raiseDecoded(const Json& asRead, const OpenStackCloud& decoded) {
  WINDLASS_TRY_ASSIGN(const auto runs, begunRuns(world_.client, asRead));
  Aim aim{decoded, {}, courseOf(asRead, runs), {}};
  WINDLASS_TRY_ASSIGN(aim.settings, settleSettings(asRead, decoded, aim.course));
  const Course& course = aim.course;
  WINDLASS_TRY_ASSIGN(const Json cloud, recordCourse(world_.client, asRead, course, world_.now()));
  RenderContext context = context_;
  if (!course.settings.empty()) {
    auto settings = settingsFor(settingsOf(course), aim.settings.book);
    if (!settings) return refuse(cloud, invalidReport("SettingsLost", settings.error().toString()));
    context.settings = std::move(*settings);
  }
  context.settingsInUse = course.settings;
  context.components = course.components;
  context.canaries = course.canaries;
  for (const auto& [component, split] : course.splits) {
    for (const std::string& api : apisOf(catalog_, component)) context.traffic[api] = split;
  }
  aim.present = presentOf(decoded, course, context.settings);
  return raisePresent(cloud, aim, std::move(context));
}

Result<KeptSettings> CloudReconciler::settleSettings(const Json& cloud, const OpenStackCloud& wanted, Course& course) {
  WINDLASS_TRY_ASSIGN(KeptSettings kept, readSettings(world_.client, cloud));
  if (!wanted.spec.changesPlanned) {
    if (!kept.stored.empty()) WINDLASS_TRY(forgetSettings(world_.client, cloud, kept, settingsOf(course), 0));
    return kept;
  }
  if (!course.release.empty() && course.settings.empty()) {  // planned from now on: what the spec says is in use
    course.settings = settingsName(wanted.key.name, settingsOf(cloud.at("spec")));
    course.settingsRevision += 1;
  }
  if (kept.book.contains(course.settings))
    WINDLASS_TRY(storeSettings(world_.client, cloud, kept, course.settings, course.settingsRevision));
  return kept;
}

Result<kube::ReconcileOutcome> CloudReconciler::raisePresent(const Json& cloud, Aim& aim, RenderContext context) {
  const OpenStackCloud& present = aim.present;
  // Rendered once to learn which Secrets it asks for, and again with the hashes of their values.
  const auto draft = render(catalog_, present, context);
  if (!draft) return refuse(cloud, invalidReport("InvalidSpec", draft.error().toString()));
  WINDLASS_TRY_ASSIGN(const ResolvedReferences references,
                      resolveReferences(world_.client, cloud, outsideReferences(*draft)));
  if (references.problem) return refuse(cloud, problemReport(*references.problem));

  WINDLASS_TRY_ASSIGN(const Observed observed, observe(world_.client, present.key));
  Escrow escrow = readEscrow(observed, cloud);
  WINDLASS_TRY_ASSIGN(const bool startedOver, startOverOnNewData(cloud, observed, escrow));
  if (startedOver) return again(milliseconds(1));
  const auto requests = credentialRequests(*draft, present.key.name);
  const auto credentials =
      ensureCredentials(world_.client, applier_, cloud, requests, observed, references.secrets, escrow, world_.random);
  if (!credentials) {
    if (auto refused = rejection(credentials.error())) return refuse(cloud, problemReport(*refused));
    return kube::fail(credentials.error());
  }
  if (!credentials->restored.empty())
    tell(cloud, kube::EventType::Warning, "SecretRestored",
         fmt::format("was deleted and is back with the same values: {}", listed(credentials->restored)));

  context.referencedHashes = credentials->hashes;
  for (const auto& [name, hash] : references.configMapHashes) context.referencedHashes[name] = hash;
  const auto rendered = render(catalog_, present, context);
  if (!rendered) return refuse(cloud, invalidReport("InvalidSpec", rendered.error().toString()));
  return walk(cloud, aim, *rendered, observed, std::move(escrow));
}

Result<kube::ReconcileOutcome> CloudReconciler::walk(const Json& cloud, Aim& aim, const RenderedCloud& rendered,
                                                     const Observed& observed, Escrow escrow) {
  const Course& course = aim.course;
  const std::string hash = hashOf(rendered, {});
  const bool settled = escrow.notes.settled == hash;
  WINDLASS_TRY_ASSIGN(
      const WalkResult result,
      walkStages(world_.client, applier_, {cloud, rendered, observed, settled, world_.now()}, escrow.notes));
  if (!result.corrected.empty())
    tell(cloud, kube::EventType::Warning, "DriftCorrected",
         fmt::format("was changed by someone else and is set back: {}", listed(result.corrected)));
  if (!result.recreated.empty())
    tell(cloud, kube::EventType::Warning, "Recreated",
         fmt::format("was deleted by someone else and is made again: {}", listed(result.recreated)));
  if (result.blocker) {
    WINDLASS_TRY(saveEscrow(world_.client, cloud, escrow));
  } else {
    WINDLASS_TRY(finish(cloud, rendered, observed, hash, escrow));
  }

  CloudReport report = duringUpgrade(reportOf(result, settled, kube::isConditionTrue(cloud, "Ready")), result, course);
  report.services = serviceStatuses(rendered, result.live);
  const auto change = settingsChangeOf(catalog_, cloud, aim.wanted, aim.settings.book, context_.imageRegistry);
  if (!result.blocker) {
    report.release = aim.present.spec.release;
    WINDLASS_TRY_ASSIGN(report.settings, adoptSettings(cloud, aim, change));
  }
  if (!report.settings || course.settings.empty()) report.upgrade = offerUpgrade(cloud, aim, change, !result.blocker);
  if (!result.blocker || settled) report.endpoints = rendered.endpoints;
  WINDLASS_TRY(publish(world_.client, world_.events, cloud, report, world_.now()));
  if (report.settings) return again(milliseconds(1));
  if (result.again) return again(*result.again);
  if (result.blocker || !result.leaving.empty()) return again(kLookAgain);
  return kube::ReconcileOutcome{};
}

std::optional<UpgradeNote> CloudReconciler::offerUpgrade(const Json& cloud, Aim& aim,
                                                         const Result<SettingsChange>& change, bool complete) {
  const Course& course = aim.course;
  if (decodeStatus(cloud).release.empty())
    return complete ? std::optional(noteOf(atRelease(aim.wanted.spec.release))) : std::nullopt;
  UpgradeOffer offer = offerOf(catalog_, cloud, aim.wanted, context_.imageRegistry, change);
  const bool isKnown = course.work && offersTheSame(offer, course.work->plan);
  if (isKnown) offer.plan = Json();
  if (const auto kept = keepOffer(cloud, aim, offer.plan); !kept)
    return UpgradeNote{"CannotPlan", kept.error().toString(), ""};
  if (course.work) return noteOf(*course.work, isKnown ? UpgradeNote{} : noteOf(offer));
  if (course.finishing && !complete) return std::nullopt;  // as it was recorded
  return noteOf(offer);
}

Status CloudReconciler::keepOffer(const Json& cloud, Aim& aim, const Json& plan) {
  std::set<std::string> needed = settingsOf(aim.course);
  if (const std::string to = kube::stringAt(plan, "/spec/settingsTo"); !to.empty()) {
    needed.insert(to);
    WINDLASS_TRY(storeSettings(world_.client, cloud, aim.settings, to, aim.course.settingsRevision + 1));
  }
  WINDLASS_TRY(keepPlans(world_.client, cloud, plan));
  return aim.wanted.spec.changesPlanned ? forgetSettings(world_.client, cloud, aim.settings, needed, kSettingsBefore)
                                        : Status{};
}

Result<std::optional<std::string>> CloudReconciler::adoptSettings(const Json& cloud, Aim& aim,
                                                                  const Result<SettingsChange>& change) {
  const Course& course = aim.course;
  std::optional<std::string> none;
  if (!aim.wanted.spec.changesPlanned || course.work) return none;
  Json adopted = settingsOf(cloud.at("spec"));
  if (!course.settings.empty()) {
    WINDLASS_TRY_ASSIGN(const Json inUse, settingsNamed(aim.settings.book, course.settings));
    const bool waits = !change || !change->to.empty();
    adopted = adoptedSettings(inUse, adopted, waits);
  }
  std::string name = settingsName(aim.wanted.key.name, adopted);
  if (name == course.settings) return none;
  aim.settings.book.emplace(name, std::move(adopted));
  WINDLASS_TRY(storeSettings(world_.client, cloud, aim.settings, name, course.settingsRevision + 1));
  return std::optional(std::move(name));
}

Status CloudReconciler::finish(const Json& cloud, const RenderedCloud& rendered, const Observed& observed,
                               const std::string& hash, Escrow& escrow) {
  const auto secrets = credentialRequests(rendered, kube::nameOf(cloud));
  const auto wanted = wantedRefs(rendered, secrets);
  WINDLASS_TRY_ASSIGN(const auto removed, prune(world_.client, observed, cloud, wanted));
  if (!removed.empty())
    kube::logInfo("removed what is not needed any more",
                  {{"cloud", kube::keyOf(cloud).toString()}, {"objects", listed(removed)}});
  escrow.notes.settled = hash;
  // A claim that is away for a moment stays known: what comes back under its name has to be told from it.
  for (const auto& [name, uid] : claimsOf(observed)) escrow.notes.claims[name] = uid;
  std::erase_if(escrow.notes.doneJobs, [&](const std::string& job) { return wanted.count(refOf("Job", job)) == 0; });
  return saveEscrow(world_.client, cloud, escrow);
}

Result<bool> CloudReconciler::startOverOnNewData(const Json& cloud, const Observed& observed, Escrow& escrow) {
  std::string replaced;
  for (const auto& [name, uid] : claimsOf(observed)) {
    const auto known = escrow.notes.claims.find(name);
    if (known != escrow.notes.claims.end() && known->second != uid) replaced = name;
  }
  if (replaced.empty()) return false;
  for (const auto& [ref, object] : observed.objects) {
    if (kube::kindOf(object) != "Job" || kube::isDeleting(object)) continue;
    WINDLASS_TRY(kube::removeIfThere(world_.client, kube::kinds::Job, kube::keyOf(object),
                                     {kube::uidOf(object), "", "Background", {}}));
  }
  escrow.notes = {};
  escrow.notes.claims = claimsOf(observed);
  WINDLASS_TRY(saveEscrow(world_.client, cloud, escrow));
  tell(cloud, kube::EventType::Warning, "DataReplaced",
       fmt::format("claim {} is another one than before, its data is new: all jobs run again", replaced));
  return true;
}

Result<kube::ReconcileOutcome> CloudReconciler::refuse(const Json& cloud, const CloudReport& report) {
  WINDLASS_TRY(publish(world_.client, world_.events, cloud, report, world_.now()));
  // An invalid spec waits for its correction, which wakes us; everything else may be mended without our noticing.
  if (report.phase == CloudPhase::Invalid) return kube::ReconcileOutcome{};
  return again(kLookAgain);
}

Result<kube::ReconcileOutcome> CloudReconciler::remove(const Json& cloud) {
  if (!kube::hasFinalizer(cloud, kCloudFinalizer)) return kube::ReconcileOutcome{};
  const kube::ObjectKey key = kube::keyOf(cloud);
  WINDLASS_TRY_ASSIGN(const Observed observed, observe(world_.client, key));
  const DeletionStep step = nextDeletion(observed, kube::uidOf(cloud), deletesData(cloud));
  if (!step.done) {
    WINDLASS_TRY(carryOut(world_.client, observed, step));
    std::vector<std::string> refs = step.remove;
    refs.insert(refs.end(), step.waiting.begin(), step.waiting.end());
    WINDLASS_TRY(
        publish(world_.client, world_.events, cloud, deletingReport("the end of " + listed(refs)), world_.now()));
    return again(step.remove.empty() ? milliseconds(kLookAtDeletion) : milliseconds(200));
  }
  if (!step.kept.empty())
    tell(cloud, kube::EventType::Normal, "DataKept",
         fmt::format("deletionPolicy is Retain, a cloud of the same name takes it over: {}", listed(step.kept)));
  const Json patch = kube::removeFinalizerPatch(cloud, kCloudFinalizer);
  const auto released = world_.client.patch(kOpenStackCloudKind, key, kube::PatchType::Json, patch);
  return released ? kube::ReconcileOutcome{} : afterFinalizerError(released.error());
}

void CloudReconciler::tell(const Json& cloud, kube::EventType type, const std::string& reason,
                           const std::string& note) {
  world_.events.record(kOpenStackCloudKind, cloud, {type, reason, "Reconcile", note});
}

}  // namespace windlass::ops
