#pragma once
// One look at the canary of a run: counters of all gateway pods, pods of the canary, synthetic transactions, the
// verdict, the share. Private to this room; lives for one reconcile. All that the next look needs is in notes().
//
// The order that keeps a killed operator honest: the wanted split stands in the run's status before a gateway gives the
// canary more, and a synthetic transaction before its Job is made; the split is taken away at once, before anything is
// written.
#include <optional>
#include <set>

#include "operator/reconcile/canary_logs.h"
#include "operator/reconcile/canary_probes.h"
#include "operator/reconcile/canary_stage.h"
#include "operator/reconcile/cloud_reconciler.h"
#include "operator/reconcile/gateways.h"

namespace windlass::ops {

struct CanaryInput {
  const Catalog& catalog;
  const UpgradePlan& plan;
  const UpgradeRunSpec& spec;
  const OpenStackCloud& cloud;
  const OpenStackCloud& cloudBefore;  // with the settings that the plan leaves
  const Json& policy;                 // spec of the CanaryPolicy as it is now; null when there is none that can be used
  const RenderContext& render;
};

class CanaryDriver {
 public:
  // `recorded`: status.canary of the run. What is not understood is begun anew.
  CanaryDriver(ReconcilerWorld& world, const CanaryInput& input, const Json& run);

  static bool isWanted(const UpgradePlan& plan);

  Json status() const { return toJson(notes_); }
  // The run was granted: its policy is what it is now, whatever becomes of the object.
  void keepPolicy();
  // The run is about to be recorded as this: a canary that is not in work has no share.
  void follow(const Run& run);

  Result<Sight> look(const Step& step, const StepRecord& record, const Run& run);
  // Taking it back: done when no gateway gives it requests any more.
  Result<Sight> lookAtUndo();
  Status withdraw();
  // After the run was recorded: the gateways do what stands there, and the synthetic transactions that it names run.
  Status settle();
  // A gateway may still give requests to a canary that is to have none, or Jobs of it may be there.
  bool isPending() const;
  // Of gateways that could not be told, "".
  std::string problem() const;

 private:
  struct Seen {
    std::vector<GatewayPod> gateways;
    std::vector<Json> pods;  // of the cloud
    Json canary;             // its Deployment, null
  };
  Result<Seen> see() const;
  Result<CanaryPolicy> policy() const;
  void prepare(const Step& step, const StepRecord& record);
  Result<Sight> judge(const CanaryPolicy& policy, const Step& step, const StepRecord& record, bool hold);
  Window windowOf(const Seen& seen, const std::map<std::string, GatewayAnswer>& answers);
  void countRestarts(const Seen& seen, Window& window);
  std::string troubleOf(const Seen& seen) const;
  Status tellGateways();
  void readLogs(const CanaryPolicy& policy, const Seen& seen, Window& window);
  // Synthetic transactions.
  void probe(const Step& step, const StepRecord& record, Window& window);
  const ProbeSight* probesSeen();  // nullptr: cannot be known, which is noted
  void tendProbes();
  void makeProbes();
  void removeProbes();
  std::map<std::string, GatewayAnswer> ask(const std::vector<GatewayPod>& gateways, bool sample);
  Status converge();
  void tell(kube::EventType type, const std::string& reason, const std::string& note);

  ReconcilerWorld& world_;
  const CanaryInput in_;
  const Json& run_;
  CanaryNotes notes_;
  std::optional<TrafficSplit> told_;  // to all gateways, in this look
  std::optional<Sight> seen_;         // the sight of this look: there is one sample a look
  std::optional<ProbeSight> probes_;  // of this look
};

}  // namespace windlass::ops
