#include "operator/execute/step_machine.h"

#include <algorithm>

namespace windlass::ops {
namespace {

bool contains(const std::vector<int>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// A command in a Job: it has an exit code, and repeating it is a matter of knowing what it did.
bool isCommand(StepKind kind) {
  return kind == StepKind::Check || kind == StepKind::Online || kind == StepKind::Backup || kind == StepKind::Schema ||
         kind == StepKind::Probe || kind == StepKind::Finish;
}

// Its reverse works while it is under way: what moves pods is a wish that the cloud's reconciler follows, whatever came
// of the wish before.
bool turnsRound(StepKind kind) {
  return kind == StepKind::Canary || kind == StepKind::Roll || kind == StepKind::Stop || kind == StepKind::Start;
}

// Can be left at any time.
bool canBeLeft(const Step& step) {
  return turnsRound(step.kind) || (step.undo == Undo::Nothing && step.kind != StepKind::Backup);
}

class Machine {
 public:
  Machine(const UpgradePlan& plan, Run run, const Event& event)
      : plan_(plan), event_(event), out_{std::move(run), {}} {}

  Transition take() {
    switch (event_.kind) {
      case EventKind::Wake:
        wake();
        break;
      case EventKind::Outcome:
        outcome();
        break;
      case EventKind::Approve:
        approve();
        break;
      case EventKind::ApproveContract:
        approveContract();
        break;
      case EventKind::Pause:
        pause();
        break;
      case EventKind::Resume:
        resume();
        break;
      case EventKind::Rollback:
      case EventKind::Abort:
        rollback();
        break;
      case EventKind::Restore:
        restore();
        break;
      case EventKind::CloudChanged:
        cloudChanged();
        break;
    }
    return std::move(out_);
  }

 private:
  Run& run() { return out_.run; }
  const Step& step() const { return plan_.steps[out_.run.cursor]; }
  StepRecord& record() { return out_.run.steps[out_.run.cursor]; }
  void effect(EffectKind kind, std::string text = {}) {
    const int attempt = run().cursor < run().steps.size() ? record().attempt : 0;
    out_.effects.push_back({kind, run().cursor, attempt, std::move(text)});
  }

  void wake() {
    if (run().mode == RunMode::Approved) run().mode = RunMode::Running;
    if (run().mode == RunMode::Running) return goOn();
    if (run().mode == RunMode::RollingBack) goBack();
  }

  // Forward, at the cursor.
  void goOn() {
    if (run().cursor == plan_.steps.size()) {
      run().mode = RunMode::Done;
      return;
    }
    if (record().status == StepStatus::Intended) return effect(EffectKind::Examine);
    // Between two steps: the moment for everything that was asked for meanwhile.
    if (run().rollbackWanted) return beginRollback();
    if (run().drifted) return fail("the cloud changed since the plan was approved");
    if (run().pauseWanted) {
      run().pauseWanted = false;
      run().mode = RunMode::Paused;
      return;
    }
    if (step().kind == StepKind::Approve && !run().contractApproved)
      return effect(EffectKind::Wait, "the contract phase needs its own approval");
    begin();
  }

  // The intent; the act follows once it is recorded.
  void begin() {
    StepRecord& at = record();
    at.status = StepStatus::Intended;
    at.touched = true;
    at.cancelled = false;
    at.attempt += 1;
    at.begun = event_.now;
    effect(EffectKind::Begin);
  }

  void outcome() {
    if (run().cursor >= run().steps.size() || event_.step != run().cursor || event_.attempt != record().attempt) return;
    const bool back = run().mode == RunMode::RollingBack;
    if (event_.ofUndo != back) return;
    if (back) {
      if (record().status == StepStatus::Undoing) undoOutcome();
    } else if (run().mode == RunMode::Running && record().status == StepStatus::Intended) {
      stepOutcome();
    }
  }

  void stepOutcome() {
    switch (event_.outcome) {
      case OutcomeKind::NotBegun:
        // Same attempt, same name: if the act of a dead leader arrives after all, it is this one.
        return effect(EffectKind::Begin);
      case OutcomeKind::Running:
        return stillRunning();
      case OutcomeKind::Succeeded:
        return ended();
      case OutcomeKind::Nothing:
        record().touched = record().halfApplied;
        return again(event_.text.empty() ? "it ended without an effect" : event_.text);
      case OutcomeKind::Lost:
        return effect(EffectKind::Examine);
      case OutcomeKind::HalfApplied:
        record().halfApplied = true;
        return fail(
            "its schema change stopped in the middle; repair what stopped it and resume, which runs it again, or "
            "restore the backup");
      case OutcomeKind::Failed:
        return fail(event_.text);
      case OutcomeKind::Bad:
        return badVerdict();
    }
  }

  void stillRunning() {
    if (run().rollbackWanted && canBeLeft(step())) return beginRollback();
    if (event_.now - record().begun <= deadlineOf(step()) || step().kind == StepKind::Gate ||
        step().kind == StepKind::Approve || step().kind == StepKind::Canary)
      return effect(EffectKind::Wait);
    if (!isCommand(step().kind)) return fail("it took longer than " + std::to_string(deadlineOf(step())) + " s");
    record().cancelled = true;
    effect(EffectKind::Cancel);
  }

  void ended() {
    StepRecord& at = record();
    at.exitCode = event_.exitCode;
    at.evidence = event_.text;
    if (isCommand(step().kind) && contains(step().exit.repeat, event_.exitCode)) return begin();
    if (isCommand(step().kind) && !contains(step().exit.done, event_.exitCode) &&
        !contains(step().exit.warn, event_.exitCode)) {
      return fail("its command ended with " + std::to_string(event_.exitCode) +
                  (event_.text.empty() ? "" : ": " + event_.text));
    }
    at.status = StepStatus::Done;
    at.halfApplied = false;
    at.ended = event_.now;
    run().cursor += 1;
    goOn();
  }

  // Another attempt when one is left.
  void again(const std::string& why) {
    if (run().rollbackWanted) {
      record().status = StepStatus::Failed;
      return beginRollback();
    }
    if (record().attempt - record().firstAttempt + 1 >= step().attempts) return fail(why);
    begin();
  }

  void badVerdict() {
    record().status = StepStatus::Failed;
    record().evidence = event_.text;
    record().ended = event_.now;
    effect(EffectKind::ZeroWeight);
    run().why = step().id + ": " + event_.text;
    if (event_.hold || passedPointOfNoReturn(plan_, run())) {
      run().mode = RunMode::Failed;
    } else {
      beginRollback();
    }
  }

  void fail(const std::string& why) {
    StepRecord& at = record();
    if (at.status == StepStatus::Intended) at.status = StepStatus::Failed;
    at.ended = event_.now;
    run().why = step().id + ": " + why;
    if (run().rollbackWanted && (run().restoring || !passedPointOfNoReturn(plan_, run()))) return beginRollback();
    run().rollbackWanted = false;
    run().mode = RunMode::Failed;
  }

  void approve() {
    if (run().mode != RunMode::Planned) return effect(EffectKind::Refuse, "the run is approved already");
    if (event_.text != run().planHash) return effect(EffectKind::Refuse, "the approved hash is not that of the plan");
    run().mode = RunMode::Approved;
  }

  void approveContract() { run().contractApproved = true; }

  void pause() {
    if (run().mode == RunMode::Running || run().mode == RunMode::Approved) {
      run().pauseWanted = true;
    } else {
      effect(EffectKind::Refuse, "there is nothing to pause");
    }
  }

  void resume() {
    if (run().mode == RunMode::Running && run().pauseWanted) {
      run().pauseWanted = false;
      return;
    }
    if (run().mode != RunMode::Paused && run().mode != RunMode::Failed)
      return effect(EffectKind::Refuse, "there is nothing to resume");
    // Backups lead back whatever the spec asks for by now.
    if (event_.text != run().planHash && !run().restoring)
      return effect(EffectKind::Refuse, "the cloud changed: a plan made now is another one, approve that");
    run().drifted = false;
    run().why.clear();
    if (run().rollbackBegan) {
      run().mode = RunMode::RollingBack;
      return goBack();
    }
    run().mode = RunMode::Running;
    if (record().status == StepStatus::Failed) {
      record().status = StepStatus::Pending;
      record().firstAttempt = record().attempt + 1;
    }
    goOn();
  }

  void rollback() {
    switch (run().mode) {
      case RunMode::Planned:
      case RunMode::Approved:
        run().mode = RunMode::Aborted;
        return;
      case RunMode::Done:
        return effect(EffectKind::Refuse, passedPointOfNoReturn(plan_, run())
                                              ? "the run is over, and only its backups lead back: restore"
                                              : "the run is over: ask in the spec for what was before, and approve "
                                                "the plan that leads there");
      case RunMode::Aborted:
        return effect(EffectKind::Refuse, "the run is over");
      case RunMode::RollingBack:
        return;
      default:
        break;
    }
    if (passedPointOfNoReturn(plan_, run())) {
      return effect(
          EffectKind::Refuse,
          "the point of no return was passed; the way is forward: resume. Only the backup of this run leads back");
    }
    run().why = "a rollback was asked for";
    goBackWhenPossible();
  }

  void goBackWhenPossible() {
    if (run().mode == RunMode::Running && record().status == StepStatus::Intended && !canBeLeft(step())) {
      run().rollbackWanted = true;
      return effect(EffectKind::Examine);
    }
    beginRollback();
  }

  // Also of a run that is over: what came after it is for the driver to know.
  void restore() {
    if (run().restoring) return;
    if (!passedPointOfNoReturn(plan_, run())) {
      return effect(EffectKind::Refuse,
                    run().mode == RunMode::Done || run().mode == RunMode::Aborted
                        ? "the run is over and changed no schema that only a backup takes back"
                        : "no schema was changed that only a backup takes back: roll back, which loses nothing");
    }
    run().restoring = true;
    run().why = "the backups of this run are put in again, as was asked for";
    goBackWhenPossible();
  }

  void beginRollback() {
    run().mode = RunMode::RollingBack;
    run().rollbackBegan = true;
    run().rollbackWanted = false;
    run().pauseWanted = false;
    run().cursor = std::min(run().cursor, plan_.steps.size() - 1);
    goBack();
  }

  // Backward, from the cursor: the last change is taken back first.
  void goBack() {
    while (true) {
      StepRecord& at = record();
      if (at.status == StepStatus::Undoing) return effect(EffectKind::ExamineUndo);
      if (at.touched && at.status != StepStatus::Undone && canBeTakenBack(step())) return beginUndo();
      if (run().cursor == 0) break;
      run().cursor -= 1;
    }
    run().mode = RunMode::Aborted;
  }

  bool canBeTakenBack(const Step& step) { return step.undo == Undo::Reverse || (run().restoring && needsBackup(step)); }

  void beginUndo() {
    StepRecord& at = record();
    at.status = StepStatus::Undoing;
    at.attempt += 1;
    at.begun = event_.now;
    effect(EffectKind::TakeBack);
  }

  void undoOutcome() {
    switch (event_.outcome) {
      case OutcomeKind::NotBegun:
        return effect(EffectKind::TakeBack);
      case OutcomeKind::Running:
        // A canary that cannot be reached yet is tried as long as it takes: its requests are what harms. And a backup
        // takes as long as the databases are large.
        if (event_.now - record().begun <= deadlineOf(step()) || step().kind == StepKind::Canary || needsBackup(step()))
          return effect(EffectKind::Wait);
        return failUndo("taking it back took longer than " + std::to_string(deadlineOf(step())) + " s");
      case OutcomeKind::Succeeded:
        record().status = StepStatus::Undone;
        record().ended = event_.now;
        return goBack();
      case OutcomeKind::Lost:
        return effect(EffectKind::ExamineUndo);
      case OutcomeKind::Nothing:
      case OutcomeKind::HalfApplied:
      case OutcomeKind::Failed:
      case OutcomeKind::Bad:
        return failUndo("taking it back failed: " + event_.text);
    }
  }

  // Resume goes on backwards, with another attempt.
  void failUndo(const std::string& why) {
    record().status = StepStatus::Failed;
    run().why = step().id + ": " + why;
    run().mode = RunMode::Failed;
  }

  void cloudChanged() {
    if (event_.text == run().planHash) return;
    if (run().mode == RunMode::Approved || run().mode == RunMode::Running || run().mode == RunMode::Paused)
      run().drifted = true;
  }

  const UpgradePlan& plan_;
  const Event& event_;
  Transition out_;
};

}  // namespace

Run newRun(const UpgradePlan& plan, std::string planHash) {
  Run run;
  run.planHash = std::move(planHash);
  run.steps.resize(plan.steps.size());
  return run;
}

Transition next(const UpgradePlan& plan, Run run, const Event& event) {
  return Machine(plan, std::move(run), event).take();
}

bool passedPointOfNoReturn(const UpgradePlan& plan, const Run& run) {
  for (std::size_t i = plan.pointOfNoReturn; i < run.steps.size(); ++i) {
    if (run.steps[i].touched && run.steps[i].status != StepStatus::Undone && needsBackup(plan.steps[i])) return true;
  }
  return false;
}

std::int64_t deadlineOf(const Step& step) {
  return std::max<std::int64_t>(300, std::int64_t{10} * step.seconds);
}

}  // namespace windlass::ops
