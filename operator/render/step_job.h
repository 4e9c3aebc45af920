#pragma once
// The Kubernetes objects by which one step of an upgrade acts: a Job, and what it mounts. Pure.
//
// A command runs as the code of its release would: with that release's image and config, and with the environment and
// Secrets of the service. The Job has one pod that is never replaced: how often a step is tried is the step machine's
// to say.
#include "operator/render/render.h"

namespace windlass::ops {

enum class StepJobKind {
  Command,  // the words of the step
  Backup,   // the database's own way to copy `databases`
  Restore,  // the database's own way to put the copy `source` in
  Probe,    // the service's own transaction
};

// Where a probe finds the APIs of the component that is tried: at the gateway, or at the pods of one revision.
enum class ProbeWay { Gateway, Stable, Tried };

struct StepJob {
  StepJobKind kind = StepJobKind::Command;
  std::string name;     // of the Job
  std::string service;  // whose config, environment and databases
  std::string release;
  std::string image;  // complete reference, "" = that of the release
  std::vector<std::string> command;
  std::vector<std::string> databases;
  std::string source;  // name of the Job that made the copy
  ProbeWay way = ProbeWay::Gateway;
  std::string component;  // whose APIs `way` is about, of `service`
  int deadlineSeconds = 600;
};

// In the order in which they are to be made, the Job last. Without owners. Only a claim carries the label of the cloud:
// the rest belongs to the run. Invalid when the data has no such job.
Result<std::vector<Json>> renderStepJob(const Catalog& catalog, const OpenStackCloud& cloud,
                                        const RenderContext& context, const StepJob& request);

}  // namespace windlass::ops
