#pragma once
// How releases are reached, as data: the structs that upgrades/sequences/<service>.yaml, upgrades/hops/<from>-<to>.yaml
// and upgrades/defaults.yaml decode into. The vocabulary is explained in docs/upgrade-data.md and published as JSON
// Schemas in upgrades/schema.
#include <map>
#include <string>
#include <vector>

namespace windlass::ops {

using Texts = std::vector<std::string>;

// What a command's exit code means. A code that is named nowhere stops the run.
struct ExitRules {
  std::vector<int> done = {0};
  std::vector<int> warn;    // goes on, and is recorded
  std::vector<int> repeat;  // progress was made, there is more to do
};

// A command that looks and changes nothing.
struct CheckDefinition {
  std::string name;
  Texts command;
  ExitRules exit;
  int seconds = 0;  // 0 = as the defaults say
};

// A question that must be answered before a step. `ask` chooses who answers it and which entries `with` has.
struct GateDefinition {
  std::string id;
  std::string service;  // "" = of the whole cloud
  std::string summary;
  std::string ask;
  std::map<std::string, std::string> with;
  std::string before;  // name of a schema step or a component of the service; "" = in the preflight
  std::string remedy;
};

struct SchemaStep {
  std::string name;
  std::string phase;  // Expand | Contract
  Texts command;
  ExitRules exit;
  Texts examine;                  // tells whether the step was done when its end is not known
  std::vector<int> examinedDone;  // exit codes of `examine` that say it was
  int seconds = 0;
};

struct OnlineMigration {
  std::string name;
  Texts command;
  ExitRules exit;
  int seconds = 0;
};

// Holds new processes to the old release's messages until all are new.
struct Pin {
  std::string name;
  bool automatic = false;             // taken from what runs; nothing is written
  std::string file, section, option;  // where it is written
  std::string value;                  // may hold ${from}
  bool keep = false;                  // the option stays afterwards; only what processes remember goes
  std::string lift;                   // restart | reload
  Texts components;                   // which have to be restarted or reloaded
};

struct SequenceComponent {
  std::string name;
  std::string role;  // api | worker | singleton | agent
  std::string move;  // canary | roll | stopStart | rings
  Texts after;       // components of the service that are new before
  bool cordon = false;
  int stopSeconds = 30;
  std::map<std::string, int> stopSecondsFrom;  // release -> seconds, for this and later ones
  int replicas = 1;                            // when the cloud does not say
};

// A mix of processes that does not work: no new `after` may run while an old `before` does.
struct HardEdge {
  std::string before, after;
  std::string why;
};

struct Sequence {
  std::string service;
  Texts after;  // services that come before when the cloud has them
  Texts databases;
  std::vector<CheckDefinition> checks;  // new image, old database
  std::vector<GateDefinition> gates;
  std::vector<SchemaStep> schema;
  std::vector<CheckDefinition> verify;  // new image, when all is new
  std::vector<OnlineMigration> online;
  std::vector<Pin> pins;
  std::vector<SequenceComponent> components;
  std::vector<HardEdge> edges;
  std::vector<CheckDefinition> finish;  // new image, when all is new: changes that the new code must make

  const SequenceComponent* component(const std::string& name) const;
};

struct RemovedOption {
  std::string service;  // "*" = any
  std::string section;
  std::string option;  // may end with "*"
  std::string value;   // "" = any
  std::string instead;
};

struct Hazard {
  std::string id;
  std::string service;
  std::string summary;
  std::string kind;    // note | rpc | dataRewrite | nonAdditive
  std::string schema;  // the schema step that does it
  Texts revisions;     // migrations that the lint may find because of it
  bool besideOld = true;
  bool irreversible = false;  // no way back but the backup
  bool downtime = false;
  int waitSeconds = 0;  // how long requests may wait while it happens
  std::string remedy;
  std::map<std::string, std::string> environment;  // of the new processes, during the hop
};

// Components that move in another way in this hop.
struct ComponentChange {
  std::string service, component, move, why;
};

// A check of a release that is itself broken.
struct ToleratedCheck {
  std::string service, check;
  std::vector<int> exit;
  std::string why;
};

struct Hop {
  std::string from, to;
  std::string route;  // consecutive | slurp | forbidden
  std::string reason;
  Texts unites;  // hops that this one does at once
  std::vector<RemovedOption> removedOptions;
  std::vector<GateDefinition> gates;
  std::vector<ToleratedCheck> toleratedChecks;
  std::vector<Hazard> hazards;
  std::vector<ComponentChange> components;
};

struct CanaryStage {
  std::string name;
  std::string header;  // requests with it go to the new revision
  int weightPercent = 0;
  int soakSeconds = 0;
};

struct RingRule {
  std::string name;
  int hosts = 0;    // so many, or
  int percent = 0;  // so much of all hosts, with those of the rings before
  int atOnce = 1;
};

struct DefaultSeconds {
  int podStart = 10, jobStart = 5, check = 3, backup = 15, probe = 20, host = 30, soak = 600;
};

struct UpgradeDefaults {
  std::string image;  // name of the release's image for services without a definition
  std::vector<GateDefinition> gates;
  std::vector<CanaryStage> canary;
  std::vector<RingRule> rings;
  std::string logError;  // expression (ECMAScript) of a log line that is an error, with the request as its first group
  DefaultSeconds seconds;
};

}  // namespace windlass::ops
