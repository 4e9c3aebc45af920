#include "operator/reconcile/canary_driver.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/log.h"
#include "operator/execute/components.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/pod_logs.h"
#include "operator/render/readiness.h"
#include "operator/traffic/window_tracker.h"

namespace windlass::ops {
namespace {

// A time without looks (an operator that was away) is not a time in which somebody watched.
constexpr double kLongestWindow = 30;

const TrafficSplit kNothing;

std::int64_t millisecondsOf(kube::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::int64_t restartsOf(const Json& pod) {
  std::int64_t sum = 0;
  const Json* containers = kube::find(pod, "/status/containerStatuses");
  if (containers == nullptr || !containers->is_array()) return 0;
  for (const Json& container : *containers) sum += kube::intAt(container, "/restartCount");
  return sum;
}

CanaryNotes recordedNotes(const Json& run) {
  const Json* recorded = kube::find(run, "/status/canary");
  auto notes = canaryNotesFrom(recorded == nullptr ? Json() : *recorded);
  if (notes) return std::move(*notes);
  kube::logWarning("the canary begins anew",
                   {{"run", kube::keyOf(run).toString()}, {"error", notes.error().toString()}});
  CanaryNotes anew;
  anew.shared = anew.probes.left = true;  // nobody knows
  return anew;
}

}  // namespace

CanaryDriver::CanaryDriver(ReconcilerWorld& world, const CanaryInput& input, const Json& run)
    : world_(world), in_(input), run_(run), notes_(recordedNotes(run)) {}

void CanaryDriver::keepPolicy() {
  notes_.policy = in_.policy;
}

bool CanaryDriver::isWanted(const UpgradePlan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [](const Step& step) { return step.kind == StepKind::Canary; });
}

void CanaryDriver::follow(const Run& run) {
  const Step* step = canaryInWork(in_.plan, run);
  if (step != nullptr && componentOf(*step) == notes_.component) return;
  notes_.split = kNothing;
  notes_.probes.open.clear();
}

bool CanaryDriver::isPending() const {
  return (notes_.shared && notes_.split == kNothing) || notes_.probes.left;
}

std::string CanaryDriver::problem() const {
  std::string out;
  for (const UnreachedGateway& gateway : notes_.unreached)
    out += fmt::format("{}gateway pod {} could not be told its split and is asked again: {}", out.empty() ? "" : "; ",
                       gateway.pod, gateway.problem);
  return out;
}

Result<CanaryPolicy> CanaryDriver::policy() const {
  if (notes_.policy.is_null()) {
    return kube::fail(kube::ErrorKind::Invalid, fmt::format("spec.canaryPolicy: there is no CanaryPolicy {} that can "
                                                            "be used, and what the run kept of it is lost; make it",
                                                            in_.spec.canaryPolicy));
  }
  return decodeCanaryPolicy({{"spec", notes_.policy}});
}

// A stage that is begun, and one that is begun again.
void CanaryDriver::prepare(const Step& step, const StepRecord& record) {
  if (notes_.stage == step.id && notes_.attempt == record.attempt) return;
  const bool isAgain = notes_.stage == step.id;
  if (notes_.policy.is_null() || (isAgain && !in_.policy.is_null())) keepPolicy();
  if (notes_.component != componentOf(step)) {
    CanaryNotes anew;
    anew.policy = notes_.policy;
    anew.shared = notes_.shared;
    anew.component = componentOf(step);
    anew.probes.left = notes_.probes.left;
    notes_ = std::move(anew);
  } else if (isAgain) {
    if (const auto kept = policy()) notes_.state = startAgain(*kept, notes_.state);
    notes_.restarts = nullptr;
    notes_.probes.open.clear();
    notes_.logs = {};
  }
  notes_.stage = step.id;
  notes_.attempt = record.attempt;
}

Result<Sight> CanaryDriver::look(const Step& step, const StepRecord& record, const Run& run) {
  prepare(step, record);
  WINDLASS_TRY_ASSIGN(const CanaryPolicy policy, this->policy());
  const TrialStage stage = stageOf(in_.plan, step);
  const bool hold = run.pauseWanted;
  if (!hold && isAcknowledged(stage, in_.spec)) {
    const std::string last = kube::stringAt(notes_.verdict, "/reason", "it was not looked at");
    notes_.state = passedByPerson(policy, stage, std::move(notes_.state));
    notes_.split = kNothing;  // the next stage says what it is to have
    const std::string text = fmt::format("a person let it pass without a verdict; {}", last);
    tell(kube::EventType::Normal, "CanaryAcknowledged", stage.id + ": " + text);
    return Sight{OutcomeKind::Succeeded, 0, text};
  }
  if (!hold && isPassed(stage, notes_.state))
    return Sight{OutcomeKind::Succeeded, 0, "nothing was judged here: the policy has no further share"};
  if (seen_ && seen_->outcome == OutcomeKind::Running) return *seen_;
  if (seen_) return Sight{OutcomeKind::Running, 0, shareText(notes_.split) + " from now on"};
  return judge(policy, step, record, hold);
}

Result<CanaryDriver::Seen> CanaryDriver::see() const {
  const kube::ObjectKey cloud{kube::namespaceOf(run_), in_.plan.cloud};
  Seen out;
  WINDLASS_TRY_ASSIGN(out.pods, listOfCloud(world_.client, kube::kinds::Pod, cloud));
  WINDLASS_TRY_ASSIGN(const std::vector<Json> deployments, listOfCloud(world_.client, kube::kinds::Deployment, cloud));
  for (const Json& one : deployments) {
    const bool isTried = runs(one, {in_.plan.to, false, in_.plan.settingsTo});
    if (componentIdOf(one) == notes_.component && isTried && !kube::isDeleting(one)) out.canary = one;
  }
  if (const auto kind = gatewayOf(in_.catalog, in_.plan.from)) out.gateways = gatewayPods(out.pods, *kind);
  return out;
}

std::map<std::string, GatewayAnswer> CanaryDriver::ask(const std::vector<GatewayPod>& gateways, bool sample) {
  GatewayQuestion question{apisOf(in_.catalog, in_.cloud), {}, sample};
  for (const std::string& api : apisOf(in_.catalog, notes_.component)) {
    if (!(notes_.split == kNothing)) question.splits[api] = notes_.split;
  }
  const auto kind = gatewayOf(in_.catalog, in_.plan.from);
  if (!world_.openGateway || !kind) return {};
  auto answers = askGateways(world_.openGateway, gateways, kind->trafficFolder, question);
  told_ = notes_.split;
  notes_.unreached.clear();
  for (const GatewayPod& pod : gateways) {
    const GatewayAnswer& answer = answers.at(pod.key.name);
    // One that is not ready gets no new requests, and is told as soon as it is.
    if (!answer.problem.empty() && pod.ready) notes_.unreached.push_back({pod.key.name, answer.problem});
  }
  if (notes_.split == kNothing && notes_.unreached.empty()) notes_.shared = false;
  return answers;
}

Result<Sight> CanaryDriver::judge(const CanaryPolicy& policy, const Step& step, const StepRecord& record, bool hold) {
  const TrialStage stage = stageOf(in_.plan, step);
  if (apisOf(in_.catalog, notes_.component).empty() || !world_.openGateway)
    return Sight{OutcomeKind::Failed, 0, notes_.component + " is not behind the gateway, no share of it can be judged"};
  WINDLASS_TRY_ASSIGN(const Seen seen, see());
  const auto answers = ask(seen.gateways, true);
  const bool someAnswer =
      std::any_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.second.sample.has_value(); });
  if (!someAnswer) {
    seen_ = {OutcomeKind::Running, 0,
             answers.empty() ? "no gateway pod runs" : "no gateway pod can be asked, nothing is judged; " + problem()};
    return *seen_;
  }
  Window window = windowOf(seen, answers);
  probe(step, record, window);
  readLogs(policy, seen, window);
  const CanaryPhase before = notes_.state.phase;
  seen_ =
      judgeLook({policy, stage, window, hold, troubleOf(seen), probeText(notes_.probes), notes_.logs.problem}, notes_);
  if (!takesChosen(notes_.state)) notes_.probes.open.clear();
  if (seen_->outcome == OutcomeKind::Bad) {
    // Before anything is written: the sooner it has no requests, the fewer fail.
    ask(seen.gateways, false);
    tell(kube::EventType::Warning, "CanaryFailed", stage.id + ": " + seen_->text);
  } else if (seen_->outcome == OutcomeKind::Succeeded) {
    tell(kube::EventType::Normal, "CanaryPassed", stage.id + ": " + seen_->text);
  } else if (notes_.state.phase == CanaryPhase::Inconclusive && before != CanaryPhase::Inconclusive) {
    tell(kube::EventType::Warning, "CanaryUndecided", stage.id + ": " + seen_->text);
  }
  if (seen_->outcome == OutcomeKind::Running && !notes_.unreached.empty()) seen_->text += "; " + problem();
  return *seen_;
}

Window CanaryDriver::windowOf(const Seen& seen, const std::map<std::string, GatewayAnswer>& answers) {
  const std::vector<std::string> apis = apisOf(in_.catalog, notes_.component);
  auto tracker = WindowTracker::from(notes_.tracker, apis);
  if (!tracker) tracker = WindowTracker(apis);
  std::map<std::string, GatewaySample> samples;
  std::set<std::string> pods;
  for (const auto& [pod, answer] : answers) {
    pods.insert(pod);
    if (answer.sample) samples[pod] = *answer.sample;
  }
  const std::int64_t now = millisecondsOf(world_.now());
  const double seconds = notes_.lookedAt == 0 ? 0 : static_cast<double>(now - notes_.lookedAt) / 1000;
  tracker->keepOnly(pods);
  Window window = tracker->advance(samples, std::clamp(seconds, 0.0, kLongestWindow));
  countRestarts(seen, window);
  notes_.tracker = tracker->toJson();
  notes_.lookedAt = now;
  return window;
}

void CanaryDriver::countRestarts(const Seen& seen, Window& window) {
  const std::string revision = seen.canary.is_null() ? "" : kube::labelOf(seen.canary, kRevisionLabel);
  const Json before = notes_.restarts;
  notes_.restarts = Json::object();
  for (const Json& pod : seen.pods) {
    if (componentIdOf(pod) != notes_.component || notes_.restarts.size() >= kMostPods) continue;
    const std::int64_t now = restartsOf(pod);
    notes_.restarts[kube::nameOf(pod)] = now;
    if (!before.is_object()) continue;  // the first look only sets the mark
    const Json* known = before.contains(kube::nameOf(pod)) ? &before.at(kube::nameOf(pod)) : nullptr;
    const std::int64_t more = now - (known != nullptr && known->is_number_integer() ? known->get<std::int64_t>() : 0);
    const bool isCanary = !revision.empty() && kube::labelOf(pod, kRevisionLabel) == revision;
    if (more > 0) (isCanary ? window.canary : window.stable).health.restarts += static_cast<std::uint64_t>(more);
  }
}

std::string CanaryDriver::troubleOf(const Seen& seen) const {
  if (seen.canary.is_null()) return fmt::format("{} of {} is not there yet", notes_.component, in_.plan.to);
  const Readiness readiness = readinessOf(seen.canary, {seen.pods, {}});
  return readiness.state == ReadyState::Ready ? "" : readiness.message;
}

void CanaryDriver::readLogs(const CanaryPolicy& policy, const Seen& seen, Window& window) {
  window.logsRead = false;
  if (!policy.judgeLogs) return;
  const std::string& error = in_.catalog.upgradeDefaults.logError;
  if (error.empty()) {
    notes_.logs.problem = "upgrades/defaults.yaml says nothing of what is an error in a log";
    return;
  }
  std::vector<PodLog> logs = logsToRead(seen.pods, seen.canary, notes_.component);
  readPodLogs(world_.client, kube::namespaceOf(run_), notes_.logs.marks, logs);
  const bool isBaseline = notes_.state.phase == CanaryPhase::Baseline && notes_.state.health.wasAvailable;
  hearLogs({logs, std::regex(error), notes_.lookedAt * 1'000'000, isBaseline}, notes_.logs, window);
}

// A transaction meets the canary whenever chosen requests do, never in the baseline. Where one side does not answer
// health checks that is judged by itself.
void CanaryDriver::probe(const Step& step, const StepRecord& record, Window& window) {
  const ServiceDefinition* service = in_.catalog.definition(step.service);
  if (service == nullptr || !service->probe) return;
  const bool wanted = takesChosen(notes_.state) && window.canary.health.available && window.stable.health.available;
  if (!wanted && !notes_.probes.left) return;
  const ProbeSight* seen = probesSeen();
  if (seen == nullptr) return;
  hearProbes(*seen, notes_.lookedAt, notes_.probes, window);
  if (!wanted || !isProbeDue(*seen, notes_.lookedAt, notes_.probes)) return;
  ++notes_.probes.round;
  notes_.probes.open = probeRoundName(run_, step, record.attempt, notes_.probes.round);
  notes_.probes.begunAt = notes_.lookedAt;
  notes_.probes.left = true;
}

const ProbeSight* CanaryDriver::probesSeen() {
  if (probes_) return &*probes_;
  kube::ListOptions ofRun;
  ofRun.ns = kube::namespaceOf(run_);
  ofRun.labelSelector = std::string(kProbeLabel) + "=" + kube::nameOf(run_);
  auto jobs = kube::listAll(world_.client, kube::kinds::Job, ofRun);
  auto pods = kube::listAll(world_.client, kube::kinds::Pod, ofRun);
  if (!jobs || !pods) {
    notes_.probes.problem = "their Jobs cannot be seen: " + (jobs ? pods.error() : jobs.error()).toString();
    return nullptr;
  }
  probes_ = {std::move(jobs->items), std::move(pods->items)};
  return &*probes_;
}

void CanaryDriver::tendProbes() {
  if (!notes_.probes.left || probesSeen() == nullptr) return;
  if (!notes_.probes.open.empty()) {
    makeProbes();
  } else if (probes_->empty()) {
    notes_.probes.left = false;
  } else {
    removeProbes();
  }
}

void CanaryDriver::makeProbes() {
  const auto step = std::find_if(in_.plan.steps.begin(), in_.plan.steps.end(),
                                 [&](const Step& one) { return one.id == notes_.stage; });
  if (step == in_.plan.steps.end()) return;
  const StepContext context{in_.catalog, in_.cloud, in_.cloudBefore, in_.render, run_, in_.plan};
  for (const ProbeWay way : {ProbeWay::Tried, ProbeWay::Stable}) {
    const std::string name = probeJobName(notes_.probes.open, way);
    const bool isThere = std::any_of(probes_->jobs.begin(), probes_->jobs.end(),
                                     [&](const Json& job) { return kube::nameOf(job) == name; });
    if (isThere) continue;
    const auto job = probeJob(context, *step, notes_.probes.open, way);
    const auto made = job ? world_.client.create(kube::kinds::Job, *job) : job;
    if (!made && made.error().kind != kube::ErrorKind::AlreadyExists)
      notes_.probes.problem = "Job " + name + " cannot be made: " + made.error().toString();
  }
}

void CanaryDriver::removeProbes() {
  for (const Json& job : probes_->jobs) {
    if (kube::isDeleting(job)) continue;
    const auto removed = kube::removeIfThere(world_.client, kube::kinds::Job, kube::keyOf(job));
    if (!removed)
      notes_.probes.problem = "Job " + kube::nameOf(job) + " cannot be removed: " + removed.error().toString();
  }
}

Status CanaryDriver::converge() {
  WINDLASS_TRY_ASSIGN(const Seen seen, see());
  ask(seen.gateways, false);
  return {};
}

Status CanaryDriver::withdraw() {
  notes_.split = kNothing;
  notes_.probes.open.clear();
  return tellGateways();
}

Status CanaryDriver::settle() {
  const Status told = tellGateways();
  tendProbes();
  return told;
}

Status CanaryDriver::tellGateways() {
  if (!notes_.shared || (told_ && *told_ == notes_.split)) return {};
  return converge();
}

Result<Sight> CanaryDriver::lookAtUndo() {
  WINDLASS_TRY(withdraw());
  if (!notes_.shared) return Sight{OutcomeKind::Succeeded, 0, "no request goes to it any more"};
  return Sight{OutcomeKind::Running, 0, problem()};
}

void CanaryDriver::tell(kube::EventType type, const std::string& reason, const std::string& note) {
  world_.events.record(kUpgradeRunKind, run_, {type, reason, "Canary", note});
}

}  // namespace windlass::ops
