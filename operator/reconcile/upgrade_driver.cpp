#include "operator/reconcile/upgrade_driver.h"

#include <algorithm>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/log.h"
#include "operator/execute/components.h"
#include "operator/execute/describe.h"
#include "operator/execute/run_json.h"
#include "operator/plan/canonical.h"
#include "operator/plan/cloud_plan.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/upgrade_course.h"
#include "operator/reconcile/upgrade_wishes.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;

// Far more than a look can need; a machine that never comes to rest must not hold the worker.
constexpr int kMostTurns = 1000;

bool isRefusal(const kube::Error& error) {
  return error.kind == kube::ErrorKind::Invalid || error.kind == kube::ErrorKind::BadRequest;
}

// What was approved is carried out as it was read, also by an operator that would plan it in other words by now.
std::string presentHashOf(const DriverInput& in) {
  if (!in.present) return "";
  return asksForTheSame(in.plan, *in.present) ? in.hash : hashOf(*in.present);
}

bool isOk(const StepExit& exit, int code) {
  const auto has = [code](const std::vector<int>& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  return has(exit.done) || has(exit.warn) || has(exit.repeat);
}

}  // namespace

UpgradeDriver::UpgradeDriver(ReconcilerWorld& world, const Catalog& catalog, const RenderContext& context,
                             DriverInput input, Run run)
    : world_(world),
      catalog_(catalog),
      context_(context),
      in_(std::move(input)),
      presentHash_(presentHashOf(in_)),
      run_(std::move(run)),
      canary_(world_, {catalog_, in_.plan, in_.spec, in_.cloud, in_.cloudBefore, in_.policy, context_}, in_.object) {
  const RunNotes before = notesOf(in_.object);
  notes_.resumed = before.resumed;
  // A refusal stands until something else is asked for, or the run is in another state. Whether a run may begin is
  // asked anew each time.
  const bool sameSpec = kube::intAt(in_.object, "/status/observedGeneration") == kube::generationOf(in_.object);
  if (!sameSpec || run_.mode == RunMode::Planned) return;
  notes_.refusal = before.refusal;
  notes_.refusalReason = before.refusalReason;
}

Status UpgradeDriver::drive() {
  for (int turn = 0; turn < kMostTurns; ++turn) {
    const auto event = nextEvent();
    if (!event) return rest();
    WINDLASS_TRY(take(*event));
  }
  return kube::fail(kube::ErrorKind::Internal, "run " + kube::nameOf(in_.object) + " does not come to rest");
}

// What stands in the record now is what the gateways are to do; one that cannot be told is shown.
Status UpgradeDriver::rest() {
  WINDLASS_TRY(publish());
  WINDLASS_TRY(canary_.settle());
  return publish();
}

bool UpgradeDriver::watchesCanary() const {
  return canary_.isPending() || canaryInWork(in_.plan, run_) != nullptr;
}

// What was seen first, then what people ask for, then a wake.
std::optional<Event> UpgradeDriver::nextEvent() {
  if (pending_) return std::exchange(pending_, std::nullopt);
  if (run_.mode == RunMode::Planned && in_.spec.state != WantedState::RolledBack) return beginIfGranted();
  if (const auto wish = nextWish({in_.spec, run_, notes_.resumed, presentHash_, answered_})) {
    answered_.insert(*wish);
    if (*wish == EventKind::Restore) {
      const std::string why = whyNotRestored({in_.plan, run_, in_.cloudObject, in_.other});
      if (!why.empty()) return refuse(why);
    }
    if (*wish == EventKind::Resume) notes_.resumed = in_.spec.resume;
    return Event{.kind = *wish, .text = presentHash_};
  }
  if (std::exchange(woken_, true)) return std::nullopt;
  return Event{.kind = EventKind::Wake};
}

// What is asked for is not passed on; the rest of the look goes on.
std::optional<Event> UpgradeDriver::refuse(const std::string& why) {
  notes_.refusal = why;
  notes_.refusalReason = RunNotes{}.refusalReason;
  return nextEvent();
}

std::optional<Event> UpgradeDriver::beginIfGranted() {
  const BeginAnswer answer = mayBegin({in_.plan, in_.hash, in_.present, in_.cloudObject, in_.other});
  if (answer.granted) {
    if (CanaryDriver::isWanted(in_.plan)) canary_.keepPolicy();
    return Event{.kind = EventKind::Approve, .text = in_.hash};
  }
  if (answer.refused) {
    notes_.refusal = answer.text;
    notes_.refusalReason = answer.reason;
  } else {
    notes_.waitingFor = answer.text;
  }
  return std::nullopt;
}

Status UpgradeDriver::take(Event event) {
  event.now = seconds();
  Transition transition = next(in_.plan, run_, event);
  WINDLASS_TRY(record(transition.run));
  for (const Effect& effect : transition.effects) WINDLASS_TRY(perform(effect));
  return {};
}

Status UpgradeDriver::perform(const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::Begin:
      return begin(effect);
    case EffectKind::TakeBack:  // the record is the act: the cloud's reconciler renders from it
    case EffectKind::Examine:
    case EffectKind::ExamineUndo:
      return lookAt(effect);
    case EffectKind::Cancel:
      notes_.waitingFor = "the end of " + in_.plan.steps[effect.step].id + ", which took too long";
      return removeJob(stepJobName(in_.object, in_.plan.steps[effect.step], effect.attempt));
    case EffectKind::ZeroWeight:
      return canary_.withdraw();
    case EffectKind::Wait:
      if (notes_.waitingFor.empty()) notes_.waitingFor = effect.text;
      return {};
    case EffectKind::Refuse:
      notes_.refusal = effect.text;
      notes_.refusalReason = RunNotes{}.refusalReason;
      return {};
  }
  return {};
}

Status UpgradeDriver::begin(const Effect& effect) {
  const Step& step = in_.plan.steps[effect.step];
  if (!actsByJob(step.kind)) return lookAt(effect);
  const auto objects = objectsOfStep(stepContext(), step, effect.attempt);
  if (!objects) return hear(effect, tl::unexpected(objects.error()));
  if (const auto made = make(*objects); !made) return hear(effect, tl::unexpected(made.error()));
  return lookAt(effect);
}

Status UpgradeDriver::make(const std::vector<Json>& objects) {
  for (const Json& object : objects) {
    const kube::ResourceKind& kind = *ownedKind(kube::kindOf(object));
    const auto made = world_.client.create(kind, object);
    if (!made && made.error().kind != kube::ErrorKind::AlreadyExists)
      return kube::wrap("cannot make " + refOf(object), made.error());
  }
  return {};
}

Status UpgradeDriver::removeJob(const std::string& name) {
  return kube::removeIfThere(world_.client, kinds::Job, {kube::namespaceOf(in_.object), name});
}

Status UpgradeDriver::lookAt(const Effect& effect) {
  const bool isNew = effect.kind == EffectKind::Begin;
  return hear(effect, sightOf(in_.plan.steps[effect.step], run_.steps[effect.step], isNew));
}

// What is seen becomes the next event. What the data or the API server refuses ends the step, a right or a quota that
// is missing is waited for, and any other error is no sight at all.
Status UpgradeDriver::hear(const Effect& effect, const Result<Sight>& seen) {
  const Step& step = in_.plan.steps[effect.step];
  Sight sight;
  if (seen) {
    sight = *seen;
  } else if (isRefusal(seen.error())) {
    sight = {OutcomeKind::Failed, 0, seen.error().toString()};
  } else if (seen.error().kind == kube::ErrorKind::Forbidden) {
    sight = {OutcomeKind::Running, 0, seen.error().toString()};
  } else {
    return kube::fail(seen.error());
  }
  notes_.waitingFor = sight.outcome == OutcomeKind::Running ? step.id + ": " + sight.text : "";
  pending_ = Event{.kind = EventKind::Outcome,
                   .outcome = sight.outcome,
                   .step = effect.step,
                   .attempt = effect.attempt,
                   .ofUndo = run_.mode == RunMode::RollingBack,
                   .exitCode = sight.exitCode,
                   .hold = sight.hold,
                   .text = sight.text};
  return {};
}

Result<Sight> UpgradeDriver::sightOf(const Step& step, const StepRecord& record, bool isNew) {
  if (record.status == StepStatus::Undoing && needsBackup(step)) return restoreSight(step, record);
  if (actsByJob(step.kind)) return jobStepSight(step, record, isNew);
  if (movesPods(step.kind)) return componentStepSight(step);
  switch (step.kind) {
    case StepKind::Canary:
      return record.status == StepStatus::Undoing ? canary_.lookAtUndo() : canary_.look(step, record, run_);
    case StepKind::Gate: {
      WINDLASS_TRY_ASSIGN(const Observed observed, observe(world_.client, in_.cloud.key));
      return gateSight(step, in_.spec, catalog_, in_.cloud, in_.plan.from, observed);
    }
    case StepKind::Soak:
      return soakSight(step, record.begun, seconds(), in_.cloudObject);
    case StepKind::Approve:
      return Sight{OutcomeKind::Succeeded, 0, "a person approved it"};
    default:
      // Taking it back is easy: nothing was done.
      if (record.status == StepStatus::Undoing) return Sight{OutcomeKind::Succeeded, 0, "nothing was done"};
      return Sight{OutcomeKind::Failed, 0,
                   "this operator cannot carry out a step of kind " + std::string(toString(step.kind)) + " yet"};
  }
}

Result<Sight> UpgradeDriver::jobStepSight(const Step& step, const StepRecord& record, bool isNew) {
  const kube::ObjectKey key{kube::namespaceOf(in_.object), stepJobName(in_.object, step, record.attempt)};
  WINDLASS_TRY_ASSIGN(const auto job, getIfThere(world_.client, kinds::Job, key));
  if (job && kube::isDeleting(*job)) return Sight{OutcomeKind::Running, 0, "Job " + key.name + " ends"};
  if (!job) {
    if (isNew) return Sight{OutcomeKind::Running, 0, "Job " + key.name + " begins"};
    // Without a trace it was not begun, unless it was ended by us. Somebody may have removed the trace: what can be
    // examined is.
    return examined(step, record, record.cancelled ? OutcomeKind::Nothing : OutcomeKind::NotBegun);
  }
  WINDLASS_TRY_ASSIGN(const Sight sight, endOf(*job));
  if (sight.outcome == OutcomeKind::Lost) return examined(step, record, OutcomeKind::Nothing);
  // An attempt before was lost in the middle, and this one cannot go on from there.
  const bool afterLoss = record.attempt > record.firstAttempt && step.kind == StepKind::Schema;
  if (sight.outcome == OutcomeKind::Succeeded && afterLoss && !isOk(step.exit, sight.exitCode))
    return Sight{OutcomeKind::HalfApplied, sight.exitCode, sight.text};
  return sight;
}

Result<Sight> UpgradeDriver::endOf(const Json& job) {
  kube::ListOptions ofRun;
  ofRun.ns = kube::namespaceOf(job);
  ofRun.labelSelector = std::string(kRunLabel) + "=" + kube::nameOf(in_.object);
  const auto pods = kube::listAll(world_.client, kinds::Pod, ofRun);
  if (!pods) return kube::wrap("cannot list the pods of the run", pods.error());
  return jobSight(job, pods->items);
}

Result<Sight> UpgradeDriver::examined(const Step& step, const StepRecord& record, OutcomeKind whenNotDone) {
  const Sight notDone{whenNotDone, 0, "its pod was lost"};
  if (step.examine.empty()) return notDone;
  const std::string name = examinationName(stepJobName(in_.object, step, record.attempt));
  WINDLASS_TRY_ASSIGN(const auto job, getIfThere(world_.client, kinds::Job, {kube::namespaceOf(in_.object), name}));
  if (!job) {
    WINDLASS_TRY_ASSIGN(const auto objects, objectsOfExamination(stepContext(), step, record.attempt));
    WINDLASS_TRY(make(objects));
    return Sight{OutcomeKind::Running, 0, "Job " + name + " finds out whether it was done"};
  }
  WINDLASS_TRY_ASSIGN(const Sight sight, endOf(*job));
  if (sight.outcome == OutcomeKind::Running) return sight;
  if (sight.outcome == OutcomeKind::Lost) {  // it only looks, so it is simply made again
    WINDLASS_TRY(removeJob(name));
    return Sight{OutcomeKind::Running, 0, "Job " + name + " is made again, its pod was lost"};
  }
  const auto& done = step.examinedDone;
  if (std::find(done.begin(), done.end(), sight.exitCode) == done.end()) return notDone;
  return Sight{OutcomeKind::Succeeded, step.exit.done.empty() ? 0 : step.exit.done.front(),
               "examined: it was done before its pod was lost"};
}

Result<Sight> UpgradeDriver::componentStepSight(const Step& step) {
  WINDLASS_TRY_ASSIGN(const Observed observed, observe(world_.client, in_.cloud.key));
  const ComponentReleases wanted = componentsOf(in_.plan, run_);
  const auto found = wanted.find(step.service + "/" + step.component);
  if (found == wanted.end())
    return kube::fail(kube::ErrorKind::Internal, "step " + step.id + " is in work but moves nothing");
  return componentSight(step.service, step.component, found->second, observed);
}

// Nothing of the service runs, then its databases are put in.
Result<Sight> UpgradeDriver::restoreSight(const Step& step, const StepRecord& record) {
  WINDLASS_TRY_ASSIGN(const Observed observed, observe(world_.client, in_.cloud.key));
  const ComponentReleases wanted = componentsOf(in_.plan, run_);
  for (const Step& other : in_.plan.steps) {
    const auto found = wanted.find(componentOf(other));
    if (other.service != step.service || !movesPods(other.kind) || found == wanted.end()) continue;
    const Sight stopped = componentSight(other.service, other.component, found->second, observed);
    if (stopped.outcome == OutcomeKind::Running) return stopped;
  }
  const RestoreSource source = restoreSourceOf(in_.plan, run_, in_.object, step);
  if (source.isNone()) return Sight{source.outcome, 0, source.text};
  const kube::ObjectKey key{kube::namespaceOf(in_.object), stepJobName(in_.object, step, record.attempt)};
  WINDLASS_TRY_ASSIGN(const auto job, getIfThere(world_.client, kinds::Job, key));
  if (job && kube::isDeleting(*job)) return Sight{OutcomeKind::Running, 0, "Job " + key.name + " ends"};
  if (!job) {
    WINDLASS_TRY_ASSIGN(const auto objects, objectsOfRestore(stepContext(), step, record.attempt, source));
    WINDLASS_TRY(make(objects));
    return Sight{OutcomeKind::Running, 0, "Job " + key.name + " puts the databases of " + step.service + " back"};
  }
  WINDLASS_TRY_ASSIGN(const Sight sight, endOf(*job));
  if (sight.outcome == OutcomeKind::Lost) {  // it may be cut off at any moment, so it is simply made again
    WINDLASS_TRY(removeJob(key.name));
    return Sight{OutcomeKind::Running, 0, "Job " + key.name + " is made again, its pod was lost"};
  }
  if (sight.outcome == OutcomeKind::Succeeded && sight.exitCode != 0)
    return Sight{OutcomeKind::Failed, sight.exitCode,
                 "Job " + key.name + " ended with " + std::to_string(sight.exitCode) + ": " + sight.text};
  return sight;
}

Status UpgradeDriver::record(const Run& run) {
  const RunMode before = run_.mode;
  const bool same = statusOf(in_.plan, run) == statusOf(in_.plan, run_) &&
                    kube::stringAt(in_.object, "/status/mode") == toString(run.mode);
  run_ = run;
  canary_.follow(run_);
  if (same) return {};
  if (run_.mode != before) notes_.refusal.clear();
  RunNotes notes = notesOf(in_.object);  // what people read is brought up to date at the end of the look
  notes.resumed = notes_.resumed;
  notes.canary = canary_.status();
  WINDLASS_TRY(write(runStatusOf(in_.object, in_.plan, run_, notes, world_.now())));
  tell(before);
  return {};
}

Status UpgradeDriver::publish() {
  const std::string refusedBefore = notesOf(in_.object).refusal;
  notes_.canary = canary_.status();
  WINDLASS_TRY(write(runStatusOf(in_.object, in_.plan, run_, notes_, world_.now())));
  if (!notes_.refusal.empty() && notes_.refusal != refusedBefore)
    world_.events.record(kUpgradeRunKind, in_.object, {kube::EventType::Warning, "Refused", "Upgrade", notes_.refusal});
  return {};
}

Status UpgradeDriver::write(const Json& status) {
  if (in_.object.value("status", Json::object()) == status) return {};
  Json object = in_.object;
  object["status"] = status;
  auto written = world_.client.update(kUpgradeRunKind, object, "status");
  if (!written) return kube::wrap("cannot record run " + kube::keyOf(object).toString(), written.error());
  in_.object = std::move(*written);
  return {};
}

void UpgradeDriver::tell(RunMode before) {
  if (run_.mode == before) return;
  const std::string sentence = sentenceOf(in_.plan, run_);
  kube::logInfo(sentence, {{"run", kube::keyOf(in_.object).toString()}});
  const auto type = run_.mode == RunMode::Failed ? kube::EventType::Warning : kube::EventType::Normal;
  world_.events.record(kUpgradeRunKind, in_.object, {type, std::string(toString(run_.mode)), "Upgrade", sentence});
}

std::int64_t UpgradeDriver::seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(world_.now().time_since_epoch()).count();
}

}  // namespace windlass::ops
