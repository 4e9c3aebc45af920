#pragma once
// Writes the steps of a plan; private to this room. One object a plan; each part of a hop has a file.
#include <set>

#include "operator/plan/planner.h"

namespace windlass::ops {

class PlanBuilder {
 public:
  PlanBuilder(const Catalog& catalog, const OpenStackCloud& cloud, const PlanRequest& request,
              const CloudFacts& observed, const Hop& hop, UpgradePlan& out)
      : catalog_(catalog), cloud_(cloud), request_(request), observed_(observed), hop_(hop), out_(out) {}

  // Only these ("<service>/<component>") are changed; without it all are.
  void moveOnly(std::set<std::string> components) { only_ = std::move(components); }

  void settings();  // settings_plan.cpp: all of a plan whose release stays
  void hazards();
  void preflight();       // preflight.cpp
  void services();        // service_steps.cpp
  void rings();           // rings.cpp
  void closing();         // closing.cpp: unpin, online migrations, soak, contract, verification
  kube::Status finish();  // sums, the point of no return, and the proof that every need is met by an earlier step

 private:
  struct Command {
    std::string what;  // second part of the id: "check/upgrade-check"
    StepKind kind;
    StepPhase phase;
    const std::vector<std::string>& words;
    const ExitRules& exit;
    int seconds;  // 0 = `fallback`
    int fallback;
  };

  const Sequence& sequence(const std::string& service) const { return catalog_.sequences.at(service); }
  const DefaultSeconds& seconds() const { return catalog_.upgradeDefaults.seconds; }
  std::string imageOf(const std::string& service, const std::string& release) const;
  // The move of a component in this hop.
  std::string moveOf(const std::string& service, const SequenceComponent& component) const;
  bool moves(const std::string& service, const std::string& component) const;
  int stopSeconds(const SequenceComponent& component) const;  // of what runs now
  int replicasOf(const std::string& service, const SequenceComponent& component) const;

  Step& add(Step step);
  Step commandStep(const std::string& service, const Command& command, const std::string& release) const;
  void gate(const GateDefinition& gate, StepPhase phase);
  void gatesBefore(const std::string& service, const std::string& name, StepPhase phase);
  void preflightOf(const std::string& service);

  void backup(const Sequence& sequence);
  void schema(const Sequence& sequence, const SchemaStep& schema);
  void oldCodeProbe(const Sequence& sequence);
  void pins(const Sequence& sequence);
  void component(const Sequence& sequence, const SequenceComponent& component);
  void canary(const Sequence& sequence, const SequenceComponent& component, std::vector<std::string>& needs);
  void roll(const Sequence& sequence, const SequenceComponent& component, const std::vector<std::string>& needs);
  void stopStart(const Sequence& sequence, const SequenceComponent& component, const std::vector<std::string>& needs);
  // What must hold before a component may move.
  std::vector<std::string> needsOf(const Sequence& sequence, const SequenceComponent& component) const;

  void makeRings();
  void ring(const PlanRing& ring, const PlanRing* before, const std::string& service,
            const SequenceComponent& component, bool last);
  std::vector<std::string> allNew(const std::string& service) const;
  void unpin(const Sequence& sequence);
  void online(const Sequence& sequence);
  void soak();
  void contract();
  void verify(const Sequence& sequence);

  const Catalog& catalog_;
  const OpenStackCloud& cloud_;
  const PlanRequest& request_;
  const CloudFacts& observed_;
  const Hop& hop_;
  UpgradePlan& out_;
  std::set<std::string> only_;
};

// planner.cpp: each service after those it names, and those without a way back as late as they can.
std::vector<std::string> orderServices(const Catalog& catalog, const OpenStackCloud& cloud, const Hop& hop);

}  // namespace windlass::ops
