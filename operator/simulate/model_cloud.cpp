#include "operator/simulate/model_cloud.h"

#include <algorithm>
#include <charconv>

namespace windlass::ops {
namespace {

constexpr int kRounds = 3;    // of an online migration
constexpr int kPatience = 3;  // looks at a question until it is answered

int numberOf(const Step& step, const char* key, int usual) {
  const auto found = step.with.find(key);
  int value = usual;
  if (found != step.with.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

bool isCommand(const Step& step) {
  return !step.command.empty() || step.kind == StepKind::Backup || step.kind == StepKind::Probe;
}

template <class T>
int indexOf(const std::vector<T>& list, const std::string& name) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (list[i] == name) return static_cast<int>(i);
    } else {
      if (list[i].name == name) return static_cast<int>(i);
    }
  }
  return -1;
}

// A plan for settings leaves components alone that have the same as before.
bool isMoved(const UpgradePlan& plan, const std::string& service, const std::string& component) {
  return plan.route != kSettingsRoute || std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
           return step.service == service && step.component == component;
         });
}

void addParts(ModelWorld& world, const Sequence& sequence, int service) {
  int rings = 0;
  for (const Step& step : world.plan->steps)
    rings += step.kind == StepKind::Ring && step.service == sequence.service ? 1 : 0;
  for (const SequenceComponent& component : sequence.components) {
    if (!isMoved(*world.plan, sequence.service, component.name)) continue;
    const bool agent = component.role == "agent";
    world.parts.push_back({sequence.service + "/" + component.name, service,
                           agent ? std::max(1, rings) : std::max(1, component.replicas), agent, false});
  }
  for (const HardEdge& edge : sequence.edges) {
    if (!isMoved(*world.plan, sequence.service, edge.before) || !isMoved(*world.plan, sequence.service, edge.after))
      continue;
    world.edges.push_back({indexOf(world.parts, sequence.service + "/" + edge.before),
                           indexOf(world.parts, sequence.service + "/" + edge.after)});
  }
}

void addSteps(ModelWorld& world) {
  for (std::size_t i = 0; i < world.plan->steps.size(); ++i) {
    const Step& step = world.plan->steps[i];
    ModelWorld::StepInfo info;
    info.service = indexOf(world.services, step.service);
    info.part = step.component.empty() ? -1 : indexOf(world.parts, step.service + "/" + step.component);
    info.command = isCommand(step);
    info.weight = numberOf(step, "weightPercent", 0);
    info.ringPods = step.kind == StepKind::Ring ? 1 : 0;
    for (std::size_t part = 0; part < world.parts.size(); ++part) {
      const bool ofService = world.parts[part].service == info.service;
      const bool ofPart = info.part < 0 || info.part == static_cast<int>(part);
      if (!step.besideOld && ofService && ofPart && step.kind != StepKind::Check)
        info.rolledBack.push_back(static_cast<int>(part));
    }
    if (step.kind == StepKind::Stop && info.part >= 0)
      world.parts[static_cast<std::size_t>(info.part)].neverMixed = true;
    if (step.kind == StepKind::Schema && step.phase == StepPhase::Expand)
      world.expandOf[static_cast<std::size_t>(info.service)].push_back(i);
    if (step.undo == Undo::Restore && info.service >= 0)
      world.restoreOf[static_cast<std::size_t>(info.service)].push_back(i);
    world.steps.push_back(std::move(info));
  }
}

bool isOneOf(const std::vector<int>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// A code that the step's rules do not name.
int stoppingCode(const Step& step) {
  int code = 2;
  while (isOneOf(step.exit.done, code) || isOneOf(step.exit.warn, code) || isOneOf(step.exit.repeat, code)) ++code;
  return code;
}

}  // namespace

ModelWorld ModelWorld::of(const Catalog& catalog, const UpgradePlan& plan) {
  ModelWorld world;
  world.plan = &plan;
  world.services = plan.services;
  world.expandOf.resize(plan.services.size());
  world.restoreOf.resize(plan.services.size());
  for (std::size_t i = 0; i < plan.services.size(); ++i)
    addParts(world, catalog.sequences.at(plan.services[i]), static_cast<int>(i));
  addSteps(world);
  world.edgesOf.resize(world.parts.size());
  for (std::size_t i = 0; i < world.edges.size(); ++i) {
    for (const int part : {world.edges[i].before, world.edges[i].after})
      world.edgesOf[static_cast<std::size_t>(part)].push_back(static_cast<int>(i));
  }
  return world;
}

ModelCloud::ModelCloud(const ModelWorld& world)
    : world_(world), parts_(world.parts.size()), steps_(world.steps.size()), backedUp_(world.services.size()) {
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].old = world.parts[i].pods;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (world.plan->steps[i].kind == StepKind::Online) steps_[i].left = kRounds;
  }
}

void ModelCloud::breakLaw(std::string law) {
  if (broken_.empty()) broken_ = std::move(law);
}

// Laws about the processes of one part and its neighbours.
void ModelCloud::lawsOf(int index) {
  const PartState& part = parts_[static_cast<std::size_t>(index)];
  const ModelWorld::Part& fixed = world_.parts[static_cast<std::size_t>(index)];
  if (part.old + part.fresh == 0 && !part.stopped)
    breakLaw("downtime that was not announced: nothing of " + fixed.name + " runs");
  if (part.weight > 0 && part.fresh == 0)
    breakLaw("requests go to " + fixed.name + " of the new release, and none runs");
  if (part.weight < 100 && part.old == 0 && !fixed.agent && part.fresh > 0 && part.weight > 0)
    breakLaw("requests go to " + fixed.name + " of the old release, and none runs");
  if (fixed.neverMixed && part.old > 0 && part.fresh > 0)
    breakLaw("old and new processes of " + fixed.name + " run beside each other");
  if (part.fresh > 0) {
    for (const std::size_t step : world_.expandOf[static_cast<std::size_t>(fixed.service)]) {
      if (steps_[step].effects == 0)
        breakLaw("new code of " + fixed.name + " runs before the schema step " + world_.plan->steps[step].id);
    }
  }
  if (part.old > 0) {
    for (const std::size_t step : world_.restoreOf[static_cast<std::size_t>(fixed.service)]) {
      if ((steps_[step].effects > 0 || steps_[step].half) && !world_.plan->steps[step].besideOld)
        breakLaw("old code of " + fixed.name + " runs after " + world_.plan->steps[step].id +
                 ", which only the backup takes back");
    }
  }
  for (const int edge : world_.edgesOf[static_cast<std::size_t>(index)]) {
    const auto [before, after] = world_.edges[static_cast<std::size_t>(edge)];
    if (parts_[static_cast<std::size_t>(after)].fresh > 0 && parts_[static_cast<std::size_t>(before)].old > 0) {
      breakLaw("hard edge: new " + world_.parts[static_cast<std::size_t>(after)].name + " runs beside old " +
               world_.parts[static_cast<std::size_t>(before)].name);
    }
  }
}

void ModelCloud::lawsBefore(std::size_t step) {
  const Step& what = world_.plan->steps[step];
  for (const int part : world_.steps[step].rolledBack) {
    if (parts_[static_cast<std::size_t>(part)].old > 0)
      breakLaw(what.id + " is not for old code, and old " + world_.parts[static_cast<std::size_t>(part)].name +
               " runs");
  }
  if (what.kind == StepKind::Schema && backedUp_[static_cast<std::size_t>(world_.steps[step].service)] == 0)
    breakLaw(what.id + " changes a schema that has no backup");
}

// The full effect of a step, once.
void ModelCloud::effect(std::size_t step) {
  const Step& what = world_.plan->steps[step];
  StepState& state = steps_[step];
  if (what.undo == Undo::Restore) irreversible_ = true;
  if (what.kind == StepKind::Online) {
    state.left = std::max(0, state.left - 1);
  } else if ((what.kind == StepKind::Schema || what.kind == StepKind::Finish) && state.effects > 0) {
    breakLaw(what.id + " took effect twice");
  }
  if (what.kind == StepKind::Backup) backedUp_[static_cast<std::size_t>(world_.steps[step].service)] = 1;
  state.effects += 1;
  state.half = false;
}

void ModelCloud::command(std::size_t step, const FaultKind* fault) {
  const Step& what = world_.plan->steps[step];
  StepState& state = steps_[step];
  if (fault != nullptr && *fault == FaultKind::ExitCode) {
    state.sight = {Sight::Succeeded, stoppingCode(what)};
  } else if (fault != nullptr && *fault == FaultKind::Database) {
    state.sight = {Sight::Nothing, 1};
  } else if (fault != nullptr && *fault == FaultKind::Timeout) {
    state.sight = {Sight::Running, 0};
  } else if (fault != nullptr && *fault == FaultKind::PodLoss) {
    // Three ways it can be: nothing, half, all of it was done. Which one depends on the step, so all of them happen.
    state.half = what.kind == StepKind::Schema && step % 3 == 1;
    if (step % 3 == 2) effect(step);
    if (state.half && what.undo == Undo::Restore) irreversible_ = true;
    state.sight = {Sight::Lost, 0};
  } else {
    effect(step);
    const bool more = what.kind == StepKind::Online && state.left > 0;
    state.sight = {Sight::Succeeded, more ? what.exit.repeat.front() : what.exit.done.front()};
    state.succeeded = !more;
  }
}

// Applies that are levels: made again they change nothing.
void ModelCloud::act(std::size_t step) {
  const Step& what = world_.plan->steps[step];
  const ModelWorld::StepInfo& info = world_.steps[step];
  if (what.undo == Undo::Restore) irreversible_ = true;
  if (info.part < 0) {
    steps_[step].effects = 1;
    return;
  }
  PartState& part = parts_[static_cast<std::size_t>(info.part)];
  const int pods = world_.parts[static_cast<std::size_t>(info.part)].pods;
  switch (what.kind) {
    case StepKind::Canary:
      part.fresh = std::max(part.fresh, 1);
      part.weight = info.weight;
      break;
    case StepKind::Roll:
      // Surge first; between the two moments both run, and the laws are looked at in each.
      part.fresh = pods;
      lawsOf(info.part);
      part.weight = 100;
      part.old = 0;
      break;
    case StepKind::Stop:
      part.stopped = true;
      part.old = 0;
      break;
    case StepKind::Start:
      part.fresh = pods;
      part.weight = 100;
      part.stopped = false;
      break;
    case StepKind::Ring:
      if (steps_[step].effects == 0) {
        part.old -= info.ringPods;
        part.fresh += info.ringPods;
      }
      break;
    default:
      break;
  }
  steps_[step].effects = 1;
  lawsOf(info.part);
}

void ModelCloud::apply(std::size_t step, const FaultKind* fault) {
  const Step& what = world_.plan->steps[step];
  StepState& state = steps_[step];
  const bool stops = fault != nullptr && (*fault == FaultKind::ExitCode || *fault == FaultKind::Database);
  const bool looks = what.kind == StepKind::Gate || what.kind == StepKind::Approve || what.kind == StepKind::Soak;
  if (fault != nullptr && *fault == FaultKind::Timeout) {
    // A canary hangs with its weight, a roll with its surge.
    if (what.kind == StepKind::Canary) act(step);
    state.sight = {Sight::Running, 0};
  } else if (fault != nullptr && *fault == FaultKind::BadCanary && what.kind == StepKind::Canary) {
    act(step);
    state.sight = {Sight::Bad, 0};
  } else if (stops) {
    if (what.kind == StepKind::Canary) act(step);
    state.sight = {Sight::Failed, 0};
  } else {
    if (!looks) act(step);
    state.sight = {Sight::Succeeded, 0};
    state.succeeded = true;
  }
}

void ModelCloud::begin(std::size_t step, int attempt, const FaultKind* fault) {
  StepState& state = steps_[step];
  if (attempt <= state.attempt) return;  // AlreadyExists
  state.attempt = attempt;
  lawsBefore(step);
  if (world_.steps[step].command) {
    command(step, fault);
  } else {
    apply(step, fault);
  }
}

void ModelCloud::cancel(std::size_t step, int attempt) {
  StepState& state = steps_[step];
  if (attempt == state.attempt && state.sight.kind == Sight::Running) state.sight = {Sight::Nothing, 143};
}

void ModelCloud::zeroWeight(std::size_t step) {
  if (world_.steps[step].part >= 0) parts_[static_cast<std::size_t>(world_.steps[step].part)].weight = 0;
}

int ModelCloud::weightOf(std::size_t step) const {
  return world_.steps[step].part < 0 ? 0 : parts_[static_cast<std::size_t>(world_.steps[step].part)].weight;
}

// Nothing of the service runs meanwhile. What was rolled stays stopped until its roll is taken back; what was not goes
// on.
void ModelCloud::putBackupIn(std::size_t step) {
  const int service = world_.steps[step].service;
  steps_[step].effects = 0;
  steps_[step].half = false;
  for (const std::size_t expand : world_.expandOf[static_cast<std::size_t>(service)]) {
    steps_[expand].effects = 0;
    steps_[expand].half = false;
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (world_.parts[i].service != service) continue;
    PartState& part = parts_[i];
    const bool neverRolled = part.old == world_.parts[i].pods;
    part.fresh = 0;
    part.weight = 0;
    part.old = neverRolled ? part.old : 0;
    part.stopped = !neverRolled;
  }
  irreversible_ = false;
  for (const auto& ofService : world_.restoreOf) {
    for (const std::size_t other : ofService)
      irreversible_ = irreversible_ || steps_[other].effects > 0 || steps_[other].half;
  }
}

void ModelCloud::reversePart(std::size_t step) {
  const ModelWorld::StepInfo& info = world_.steps[step];
  if (info.part < 0) return;
  PartState& part = parts_[static_cast<std::size_t>(info.part)];
  const int pods = world_.parts[static_cast<std::size_t>(info.part)].pods;
  switch (world_.plan->steps[step].kind) {
    case StepKind::Canary:
      part.weight = 0;
      part.fresh = 0;
      break;
    case StepKind::Roll:
      part.old = pods;
      part.stopped = false;
      lawsOf(info.part);
      part.weight = 0;
      part.fresh = 0;
      break;
    case StepKind::Stop:
      part.old = pods;
      part.stopped = false;
      break;
    case StepKind::Start:
      part.fresh = 0;
      part.weight = 0;
      part.stopped = true;
      break;
    case StepKind::Ring:
      if (steps_[step].effects > 0) {
        part.old += info.ringPods;
        part.fresh = std::max(0, part.fresh - info.ringPods);
        part.stopped = false;
      }
      break;
    default:
      break;
  }
  lawsOf(info.part);
}

void ModelCloud::takeBack(std::size_t step, int attempt, bool fails, bool restoring) {
  StepState& state = steps_[step];
  if (attempt <= state.undoAttempt) return;
  state.undoAttempt = attempt;
  const Step& what = world_.plan->steps[step];
  const bool byBackup = what.undo == Undo::Restore;
  if (irreversible_ && !restoring) breakLaw(what.id + " is taken back after the point of no return");
  if (what.undo != Undo::Reverse && !(byBackup && restoring))
    breakLaw(what.id + " is taken back, which its plan does not know how to do");
  if (fails) {
    state.undoSight = {Sight::Failed, 0};
    return;
  }
  state.undoSight = {Sight::Succeeded, 0};
  if (byBackup) {
    putBackupIn(step);
  } else {
    reversePart(step);
  }
  state.effects = 0;
  state.succeeded = false;
}

Sight ModelCloud::watch(std::size_t step, int attempt) {
  StepState& state = steps_[step];
  if (attempt != state.attempt) return {Sight::NotBegun, 0};
  const StepKind kind = world_.plan->steps[step].kind;
  const bool isQuestion = kind == StepKind::Gate || kind == StepKind::Approve || kind == StepKind::Canary;
  if (state.sight.kind == Sight::Running && isQuestion && ++state.looks > kPatience) {
    state.sight = {Sight::Succeeded, 0};  // at last somebody answers
    state.succeeded = true;
  }
  return state.sight;
}

Sight ModelCloud::look(std::size_t step, int attempt) {
  const Sight seen = watch(step, attempt);
  if (seen.kind != Sight::Lost) return seen;
  StepState& state = steps_[step];
  // The Job has no end; the schema itself tells.
  if (state.half) return {Sight::HalfApplied, 0};
  const Step& what = world_.plan->steps[step];
  if (state.effects > 0 && what.kind != StepKind::Online) {
    state.succeeded = true;
    return {Sight::Succeeded, what.exit.done.front()};
  }
  return {Sight::Nothing, 0};
}

Sight ModelCloud::lookAtUndo(std::size_t step, int attempt) const {
  const StepState& state = steps_[step];
  return attempt == state.undoAttempt ? state.undoSight : Sight{Sight::NotBegun, 0};
}

void ModelCloud::checkAllNew() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].old > 0 || parts_[i].fresh < world_.parts[i].pods)
      breakLaw("the run is Done, and " + world_.parts[i].name + " is not all new");
    if (parts_[i].weight < 100 && !world_.parts[i].agent)
      breakLaw("the run is Done, and " + world_.parts[i].name + " does not get all requests");
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!steps_[i].succeeded) breakLaw("the run is Done, and " + world_.plan->steps[i].id + " is not");
  }
}

void ModelCloud::checkAllOld() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].old != world_.parts[i].pods || parts_[i].fresh != 0)
      breakLaw("the run is Aborted, and " + world_.parts[i].name + " is not all old");
    if (parts_[i].weight != 0) breakLaw("the run is Aborted, and requests still go to new " + world_.parts[i].name);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool pinned = world_.plan->steps[i].kind == StepKind::Pin && steps_[i].succeeded;
    if (pinned) breakLaw("the run is Aborted, and " + world_.plan->steps[i].id + " still holds");
  }
  if (irreversible_) breakLaw("the run is Aborted after something that cannot be taken back");
}

}  // namespace windlass::ops
