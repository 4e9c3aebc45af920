#pragma once
// An upgrade plan: every step of one hop of one cloud, in the order in which they happen. Plain values without JSON, so
// that what walks them (operator/execute) stays small.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace windlass::ops {

// The route of a plan that changes settings (operator/model/settings.h) and leaves the release as it is.
inline constexpr std::string_view kSettingsRoute = "settings";

// The order is the order of a run.
enum class StepPhase {
  Preflight,
  Backup,
  Expand,
  OldCodeProbe,
  Canary,
  Rollout,
  Computes,
  Unpin,
  OnlineMigrate,
  Soak,
  Contract
};

enum class StepKind {
  Gate,     // a question; only asks
  Check,    // a command that looks
  Online,   // a command that is repeated while it says that there is more
  Backup,   // of the databases of a service
  Schema,   // a command that changes a schema
  Probe,    // the synthetic transaction against what runs
  Pin,      // config that holds new processes to old messages
  Unpin,    // takes it away, restarts or reloads who remembers
  Canary,   // a share of requests to the new revision, then a judgement
  Roll,     // all pods of a component, new beside old
  Stop,     // all old pods of a component end
  Start,    // all new pods of a component begin
  Ring,     // the agents of some hosts
  Soak,     // a wait
  Approve,  // a person's word
  Finish,   // a command that the new code needs once
};

// How a step is taken back.
enum class Undo {
  Nothing,  // it changed nothing
  Keep,     // what it changed stays and does no harm: an added column
  Reverse,  // weights, replicas, pods or config as they were
  Restore,  // only the backup leads back: this is the point of no return
};

struct StepExit {
  std::vector<int> done = {0}, warn, repeat;
};

struct Step {
  std::string id;  // "<service>/<what>", unique in the plan and stable
  StepPhase phase = StepPhase::Preflight;
  StepKind kind = StepKind::Gate;
  std::string service;    // "" = of the whole cloud
  std::string component;  // for canary, roll, stop, start, ring, unpin
  std::string summary;
  std::string release;               // whose image and config it runs with
  std::string image;                 // complete reference, "" = it runs no image
  std::vector<std::string> command;  // exact words
  StepExit exit;
  std::vector<std::string> examine;  // command that tells whether it was done when its end is not known
  std::vector<int> examinedDone;
  std::vector<std::string> needs;    // facts that must hold before: "new:<service>/<component>"
  std::vector<std::string> ensures;  // facts that hold after
  std::vector<std::string> touches;  // what it changes: "database x", "deployment y"
  bool besideOld = true;             // old code goes on beside it
  Undo undo = Undo::Nothing;
  std::string undoHow;                      // in words
  int seconds = 0;                          // estimate
  std::string impact;                       // what users notice, "" = nothing
  bool downtime = false;                    // the impact is announced as downtime of the service
  int attempts = 1;                         // how often it may be begun
  std::map<std::string, std::string> with;  // what its kind needs: weight, header, ring, question ...
  std::vector<std::string> hazards;         // ids of the hop's hazards that concern it
};

struct PlanHazard {
  std::string id, service, kind, summary, remedy;
  std::vector<std::string> revisions;  // migrations the lint may find
};

struct PlanRing {
  std::string name;
  int atOnce = 1;
  std::vector<std::string> hosts;  // empty when they were not known
};

struct UpgradePlan {
  std::string cloud, ns;                 // of the OpenStackCloud
  std::string from, to, route;           // releases; the same when only settings change
  std::string settingsFrom, settingsTo;  // names, "" when the settings stay
  int settingsRevision = 0;              // of settingsFrom: a plan of the same change made later is another one
  std::vector<std::string> changes;      // settings that change, for people
  std::vector<std::string> services;     // in the order in which they are raised
  std::map<std::string, std::string> versionsFrom, versionsTo;
  std::vector<Step> steps;
  std::vector<PlanHazard> hazards;
  std::vector<PlanRing> rings;
  std::map<std::string, std::map<std::string, std::string>> environment;  // service -> variables of its new processes
  std::vector<std::string> assumptions;                                   // what was not known when it was made
  std::size_t pointOfNoReturn = 0;  // index of the first step that cannot be taken back; steps.size() = none
  int seconds = 0;                  // of all steps, one after the other
  std::string specDigest;           // of the cloud's spec without the release: a changed cloud is another plan
};

// The backup is what takes the step back.
inline bool needsBackup(const Step& step) {
  return step.undo == Undo::Restore;
}

std::string_view toString(StepPhase phase);
std::string_view toString(StepKind kind);
std::string_view toString(Undo undo);

}  // namespace windlass::ops
