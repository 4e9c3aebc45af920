#include "operator/simulate/simulator.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "operator/execute/describe.h"

namespace windlass::ops {
namespace {

constexpr const char* kHash = "sha256:simulated";
constexpr const char* kOtherHash = "sha256:another";

OutcomeKind outcomeOf(const Sight& sight) {
  switch (sight.kind) {
    case Sight::NotBegun:
      return OutcomeKind::NotBegun;
    case Sight::Running:
      return OutcomeKind::Running;
    case Sight::Succeeded:
      return OutcomeKind::Succeeded;
    case Sight::Nothing:
      return OutcomeKind::Nothing;
    case Sight::Lost:
      return OutcomeKind::Lost;
    case Sight::HalfApplied:
      return OutcomeKind::HalfApplied;
    case Sight::Failed:
      return OutcomeKind::Failed;
    case Sight::Bad:
      return OutcomeKind::Bad;
  }
  return OutcomeKind::Running;
}

// The driver of the step machine, as the operator is one: records, acts, looks; and dies when a fault says so.
class Driver {
 public:
  Driver(const ModelWorld& world, const SimulationCase& what, StepMachine machine, std::vector<std::string>* story)
      : world_(world),
        plan_(*world.plan),
        what_(what),
        machine_(machine),
        story_(story),
        cloud_(world),
        run_(newRun(plan_, kHash)),
        used_(what.faults.size(), 0) {}

  SimulatedRun walk() {
    SimulatedRun result;
    const int limit = 40 * static_cast<int>(plan_.steps.size()) + 400;
    // Before the approval: a wake and the approval of another plan must not begin anything.
    asked_ = {event(EventKind::Wake), event(EventKind::Approve, kOtherHash), event(EventKind::Wake)};
    asked_.push_back(event(EventKind::Approve, kHash));
    while (cloud_.broken().empty()) {
      if (++result.transitions > limit) cloud_.breakLaw("the run does not end: it stands at " + where());
      turn();
      if (run_.mode == RunMode::Done) cloud_.checkAllNew();
      if (run_.mode == RunMode::Done && restoresNow()) continue;
      if (run_.mode == RunMode::Done || run_.mode == RunMode::Aborted) break;
    }
    if (run_.mode == RunMode::Done && rollbackAsked_)
      cloud_.breakLaw("a rollback was granted, and the run went forward to its end");
    if (run_.mode == RunMode::Aborted) cloud_.checkAllOld();
    result.broken = cloud_.broken();
    result.end = run_.mode;
    return result;
  }

 private:
  Event event(EventKind kind, std::string text = {}) const {
    Event out;
    out.kind = kind;
    out.now = now_;
    out.text = std::move(text);
    return out;
  }

  // Once, and until it was granted or refused.
  bool restoresNow() {
    if (what_.restoresAtEnd && !restoredAtEnd_) {
      restoredAtEnd_ = true;
      tell("  a person asks for the backups");
      asked_.push_back(event(EventKind::Restore));
    }
    return !asked_.empty();
  }

  std::string where() const { return run_.cursor < plan_.steps.size() ? plan_.steps[run_.cursor].id : "the end"; }

  template <class... Parts>
  void tell(const Parts&... parts) {
    if (story_ == nullptr) return;
    std::string line;
    ((line += parts), ...);
    story_->push_back(std::move(line));
  }

  Event pick() {
    if (!asked_.empty()) {
      Event out = std::move(asked_.front());
      asked_.pop_front();
      out.now = now_;
      return out;
    }
    if (seen_) {
      Event out = std::move(*seen_);
      seen_.reset();
      out.now = now_;
      return out;
    }
    return event(EventKind::Wake);
  }

  void turn() {
    now_ += 5;
    const Event happened = pick();
    const RunMode before = run_.mode;
    if (happened.kind == EventKind::Approve && happened.text == kHash) approved_ = true;
    if (happened.kind == EventKind::Rollback || happened.kind == EventKind::Restore) rollbackAsked_ = true;
    Transition transition = machine_(plan_, std::move(run_), happened);
    run_ = std::move(transition.run);  // recorded, before any effect
    if (run_.mode != before) tell("  the run is ", toString(run_.mode), run_.why.empty() ? "" : ": ", run_.why);
    lawsOfRun(before, happened);
    if (happened.kind == EventKind::Resume && happened.text == kOtherHash && run_.mode == RunMode::Running)
      cloud_.breakLaw("the run goes on with a cloud that its plan was not made for");
    for (const Effect& effect : transition.effects) {
      if (!perform(effect, happened)) break;  // dead
    }
    if (happened.kind == EventKind::Outcome && happened.outcome == OutcomeKind::Bad && !happened.ofUndo &&
        cloud_.weightOf(happened.step) != 0) {
      cloud_.breakLaw("after the verdict requests still go to the canary of " + plan_.steps[happened.step].id);
    }
    people();
  }

  void lawsOfRun(RunMode before, const Event& happened) {
    if (happened.kind == EventKind::Restore) restoreAsked_ = true;
    if (run_.restoring && !restoreAsked_) cloud_.breakLaw("backups are put in, and nobody asked for it");
    if (before != RunMode::RollingBack && run_.mode == RunMode::RollingBack && cloud_.irreversible() && !run_.restoring)
      cloud_.breakLaw("a rollback begins after the point of no return");
    if (run_.mode != RunMode::Planned && run_.mode != RunMode::Aborted && !approved_)
      cloud_.breakLaw("the run began without approval");
  }

  const Fault* faultAt(std::size_t step, bool undo) {
    for (std::size_t i = 0; i < what_.faults.size(); ++i) {
      const Fault& fault = what_.faults[i];
      const bool ofUndo = fault.kind >= FaultKind::UndoCrashBefore;
      if (used_[i] != 0 || fault.step != step || ofUndo != undo) continue;
      used_[i] = 1;
      tell("! ", tellOf(fault.kind), " at ", plan_.steps[step].id);
      return &fault;
    }
    return nullptr;
  }

  bool perform(const Effect& effect, const Event& because) {
    switch (effect.kind) {
      case EffectKind::Begin:
        return begin(effect);
      case EffectKind::Examine:
        look(effect, true);
        return true;
      case EffectKind::Cancel:
        tell("  ", plan_.steps[effect.step].id, " is ended");
        cloud_.cancel(effect.step, effect.attempt);
        look(effect, true);
        return true;
      case EffectKind::TakeBack:
        return takeBack(effect);
      case EffectKind::ExamineUndo:
        lookAtUndo(effect);
        return true;
      case EffectKind::ZeroWeight:
        tell("  weight 0 for ", plan_.steps[effect.step].id);
        cloud_.zeroWeight(effect.step);
        return true;
      case EffectKind::Wait:
        wait(effect);
        return true;
      case EffectKind::Refuse:
        refused(effect, because);
        return true;
    }
    return true;
  }

  void lawsOfBegin(const Effect& effect) {
    const StepRecord& record = run_.steps[effect.step];
    const std::string& id = plan_.steps[effect.step].id;
    if (record.status != StepStatus::Intended || record.attempt != effect.attempt)
      cloud_.breakLaw(id + " is begun without a recorded intent");
    if (run_.mode != RunMode::Running)
      cloud_.breakLaw(id + " is begun while the run is " + std::string(toString(run_.mode)));
    if (effect.step > 0 && !cloud_.succeeded(effect.step - 1))
      cloud_.breakLaw(id + " is begun, and the step before it did not succeed");
    if (pausedAt_ && effect.step > *pausedAt_) cloud_.breakLaw(id + " is begun although a pause was asked for");
    if (driftedAt_ && effect.step > *driftedAt_) cloud_.breakLaw(id + " is begun although the cloud changed");
    const bool needsWord =
        plan_.steps[effect.step].phase == StepPhase::Contract && plan_.steps[effect.step].kind != StepKind::Check;
    if (needsWord && !contractApproved_) cloud_.breakLaw(id + " is begun without the approval of the contract");
  }

  // False when the operator died.
  bool begin(const Effect& effect) {
    lawsOfBegin(effect);
    landLateAct(effect.step);
    const bool first = effect.attempt == 1;
    const Fault* fault = first ? faultAt(effect.step, false) : nullptr;
    const FaultKind* kind = fault == nullptr ? nullptr : &fault->kind;
    if (kind != nullptr && (*kind == FaultKind::CrashBefore || *kind == FaultKind::LostLease)) {
      if (*kind == FaultKind::LostLease) late_ = effect;
      seen_.reset();
      return false;
    }
    tell("  begin ", plan_.steps[effect.step].id, ", attempt ", std::to_string(effect.attempt));
    cloud_.begin(effect.step, effect.attempt, kind);
    if (kind != nullptr && *kind == FaultKind::CrashAfter) {
      seen_.reset();
      return false;
    }
    if (kind != nullptr) peopleAsk(*kind, effect.step);
    look(effect, false);
    return true;
  }

  void peopleAsk(FaultKind kind, std::size_t step) {
    if (kind == FaultKind::Pause) {
      pausedAt_ = step;
      asked_.push_back(event(EventKind::Pause));
    } else if (kind == FaultKind::Rollback) {
      asked_.push_back(event(EventKind::Rollback));
    } else if (kind == FaultKind::Restore) {
      asked_.push_back(event(EventKind::Restore));
    } else if (kind == FaultKind::Drift) {
      driftedAt_ = step;
      asked_.push_back(event(EventKind::CloudChanged, kOtherHash));
    }
  }

  // What the dead leader sent arrives after the new one has looked.
  void landLateAct(std::size_t step) {
    if (!late_ || late_->step != step) return;
    tell("  the old leader's act arrives");
    cloud_.begin(late_->step, late_->attempt, nullptr);
    late_.reset();
  }

  // What is seen of a Job from outside; examining also asks what it changed.
  void look(const Effect& effect, bool examine) {
    const Sight sight = examine ? cloud_.look(effect.step, effect.attempt) : cloud_.watch(effect.step, effect.attempt);
    Event out = event(EventKind::Outcome);
    out.step = effect.step;
    out.attempt = effect.attempt;
    out.outcome = outcomeOf(sight);
    out.exitCode = sight.exitCode;
    if (sight.kind == Sight::Failed) out.text = "it did not become ready";
    if (sight.kind == Sight::Bad) out.text = "5xx above the limit";
    seen_ = std::move(out);
  }

  bool takeBack(const Effect& effect) {
    const StepRecord& record = run_.steps[effect.step];
    if (record.status != StepStatus::Undoing || run_.mode != RunMode::RollingBack)
      cloud_.breakLaw(plan_.steps[effect.step].id + " is taken back without a recorded intent");
    const Fault* fault = faultAt(effect.step, true);
    if (fault != nullptr && fault->kind == FaultKind::UndoCrashBefore) {
      seen_.reset();
      return false;
    }
    tell("  take back ", plan_.steps[effect.step].id);
    cloud_.takeBack(effect.step, effect.attempt, fault != nullptr && fault->kind == FaultKind::UndoFails,
                    run_.restoring);
    if (fault != nullptr && fault->kind == FaultKind::UndoCrashAfter) {
      seen_.reset();
      return false;
    }
    lookAtUndo(effect);
    return true;
  }

  void lookAtUndo(const Effect& effect) {
    const Sight sight = cloud_.lookAtUndo(effect.step, effect.attempt);
    Event out = event(EventKind::Outcome);
    out.ofUndo = true;
    out.step = effect.step;
    out.attempt = effect.attempt;
    out.outcome = outcomeOf(sight);
    seen_ = std::move(out);
  }

  void wait(const Effect& effect) {
    if (plan_.steps[effect.step].kind == StepKind::Approve && run_.steps[effect.step].status == StepStatus::Pending) {
      tell("  a person approves the contract");
      contractApproved_ = true;
      asked_.push_back(event(EventKind::ApproveContract));
      return;
    }
    now_ += deadlineOf(plan_.steps[effect.step]) / 2 + 1;
    look(effect, true);
  }

  void refused(const Effect& effect, const Event& because) {
    tell("  refused: ", effect.text);
    const bool rollback = because.kind == EventKind::Rollback || because.kind == EventKind::Abort;
    const bool restore = because.kind == EventKind::Restore;
    if (rollback || restore) rollbackAsked_ = false;
    if (restore && cloud_.irreversible()) cloud_.breakLaw("the backups were refused although nothing else leads back");
    if (rollback && run_.mode != RunMode::Done && run_.mode != RunMode::Aborted && !mayBePast())
      cloud_.breakLaw("a rollback was refused although everything can be taken back");
    if (because.kind == EventKind::Resume && because.text == kHash)
      cloud_.breakLaw("a resume was refused: " + effect.text);
  }

  // The machine may not know yet whether a step without return took effect; then refusing is right.
  bool mayBePast() const { return cloud_.irreversible() || run_.cursor >= plan_.pointOfNoReturn; }

  // What persons do when the run stands still.
  void people() {
    if (!asked_.empty() || (run_.mode != RunMode::Paused && run_.mode != RunMode::Failed)) return;
    const std::vector<std::string> offered = actions(plan_, run_);
    if (sentenceOf(plan_, run_).empty()) cloud_.breakLaw("the run stands still and does not say where");
    const auto offers = [&](const char* action) {
      return std::find(offered.begin(), offered.end(), action) != offered.end();
    };
    if (!offers("resume")) cloud_.breakLaw("the run stands still and cannot be resumed");
    if (offers("rollback") && cloud_.irreversible())
      cloud_.breakLaw("a rollback is offered after the point of no return");
    if (++resumes_ > 3 * static_cast<int>(what_.faults.size())) {
      cloud_.breakLaw("the run stops again and again without a reason, at " + where() + ": " + run_.why);
    }
    seen_.reset();
    if (run_.mode == RunMode::Failed && what_.prefersRollback && offers("rollback")) {
      tell("  a person rolls back");
      asked_.push_back(event(EventKind::Rollback));
      return;
    }
    if (run_.mode == RunMode::Failed && what_.prefersRollback && offers("restore")) {
      tell("  a person asks for the backups");
      asked_.push_back(event(EventKind::Restore));
      return;
    }
    if (driftedAt_ && run_.drifted) {
      // With a cloud that is another one: it must not go on.
      asked_.push_back(event(EventKind::Resume, kOtherHash));
      driftedAt_.reset();
      return;
    }
    tell("  a person resumes");
    pausedAt_.reset();
    driftedAt_.reset();
    asked_.push_back(event(EventKind::Resume, kHash));
  }

  const ModelWorld& world_;
  const UpgradePlan& plan_;
  const SimulationCase& what_;
  StepMachine machine_;
  std::vector<std::string>* story_;
  ModelCloud cloud_;
  Run run_;
  std::vector<std::uint8_t> used_;
  std::deque<Event> asked_;    // by persons
  std::optional<Event> seen_;  // by the driver, lost when it dies
  std::optional<Effect> late_;
  std::optional<std::size_t> pausedAt_, driftedAt_;
  bool approved_ = false, contractApproved_ = false;
  bool rollbackAsked_ = false;  // or the backups, and it was not refused
  bool restoreAsked_ = false, restoredAtEnd_ = false;
  int resumes_ = 0;
  std::int64_t now_ = 1000;
};

}  // namespace

SimulatedRun simulateRun(const ModelWorld& world, const SimulationCase& what, StepMachine machine,
                         std::vector<std::string>* story) {
  return Driver(world, what, machine, story).walk();
}

}  // namespace windlass::ops
