#pragma once
// A cloud small enough to try every way it can fail: counts of old and new processes, schemas, weights, pins, Jobs. It
// holds the truth that the step machine does not see, and the laws that must hold in it whatever the machine does. The
// laws come from the data (hard edges, schema before code), not from the plan's own needs.
#include <cstdint>
#include <string>
#include <vector>

#include "operator/catalog/catalog.h"
#include "operator/execute/run.h"
#include "operator/plan/plan.h"
#include "operator/simulate/fault.h"

namespace windlass::ops {

// What never changes between runs of one plan: indices in place of names.
struct ModelWorld {
  struct Part {  // a component
    std::string name;
    int service = 0;
    int pods = 1;
    bool agent = false;
    bool neverMixed = false;  // old and new must not run at once
  };
  struct Edge {
    int before = 0, after = 0;  // parts
  };
  struct StepInfo {
    int service = -1, part = -1;
    int weight = 0;    // canary
    int ringPods = 0;  // ring
    bool command = false;
    std::vector<int> rolledBack;  // parts whose old processes must be gone (a step that old code does not survive)
  };

  static ModelWorld of(const Catalog& catalog, const UpgradePlan& plan);

  const UpgradePlan* plan = nullptr;
  std::vector<std::string> services;
  std::vector<Part> parts;
  std::vector<Edge> edges;
  std::vector<StepInfo> steps;
  std::vector<std::vector<std::size_t>> expandOf;   // service -> its expand steps
  std::vector<std::vector<std::size_t>> restoreOf;  // service -> its steps that only the backup takes back
  std::vector<std::vector<int>> edgesOf;            // part -> edges
};

// What the world says when it is looked at.
struct Sight {
  enum Kind : std::uint8_t { NotBegun, Running, Succeeded, Nothing, Lost, HalfApplied, Failed, Bad } kind = NotBegun;
  int exitCode = 0;
};

class ModelCloud {
 public:
  explicit ModelCloud(const ModelWorld& world);

  // Acts, named by attempt. A second one of the same name changes nothing.
  void begin(std::size_t step, int attempt, const FaultKind* fault);
  void cancel(std::size_t step, int attempt);
  // `restoring`: the run may put backups in.
  void takeBack(std::size_t step, int attempt, bool fails, bool restoring);
  void zeroWeight(std::size_t step);

  // How the attempt ended, as its Job shows it; look() also asks what it changed when the Job cannot tell.
  Sight watch(std::size_t step, int attempt);
  Sight look(std::size_t step, int attempt);
  Sight lookAtUndo(std::size_t step, int attempt) const;

  // The first law that was broken, "" when none was.
  const std::string& broken() const { return broken_; }
  void breakLaw(std::string law);
  bool succeeded(std::size_t step) const { return steps_[step].succeeded; }
  // At the end of a run.
  void checkAllNew();
  void checkAllOld();
  int weightOf(std::size_t step) const;
  // Something that only the backup takes back has happened.
  bool irreversible() const { return irreversible_; }

 private:
  struct PartState {
    int old = 0, fresh = 0;
    int weight = 0;        // percent of requests that new processes get
    bool stopped = false;  // announced
  };
  struct StepState {
    int attempt = 0;  // of the newest Job or apply
    int undoAttempt = 0;
    Sight sight;
    Sight undoSight;
    int effects = 0;  // how often it took full effect
    bool half = false;
    bool succeeded = false;
    int left = 0;   // rounds of an online migration
    int looks = 0;  // at a question that nobody answers
  };

  void act(std::size_t step);
  void effect(std::size_t step);
  void command(std::size_t step, const FaultKind* fault);
  void apply(std::size_t step, const FaultKind* fault);
  void putBackupIn(std::size_t step);
  void reversePart(std::size_t step);
  void lawsOf(int part);
  void lawsBefore(std::size_t step);

  const ModelWorld& world_;
  std::vector<PartState> parts_;
  std::vector<StepState> steps_;
  std::vector<std::uint8_t> backedUp_;
  bool irreversible_ = false;
  std::string broken_;
};

}  // namespace windlass::ops
