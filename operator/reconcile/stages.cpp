#include "operator/reconcile/stages.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/jobs.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/revisions.h"

namespace windlass::ops {
namespace {

Readiness failedTo(std::string reason, std::string message, std::string remedy) {
  return {ReadyState::Failed, false, std::move(reason), std::move(message), std::move(remedy)};
}

class Walk {
 public:
  Walk(kube::Client& client, Applier& applier, const WalkInput& input, CloudNotes& notes)
      : client_(client), applier_(applier), in_(input), notes_(notes) {
    around_.pods = input.observed.pods;
  }

  Result<WalkResult> run() {
    for (std::size_t i = 0; i < in_.rendered.stages.size(); ++i) {
      const Stage& next = in_.rendered.stages[i];
      WINDLASS_TRY(isOpen(next) ? stage(next, static_cast<int>(i)) : nameAhead(next, static_cast<int>(i)));
    }
    result_.leaving = podsOfOtherRevisions(in_.rendered, in_.observed.pods, in_.now);
    return std::move(result_);
  }

 private:
  bool isOpen(const Stage& stage) const {
    const auto isReady = [this](const std::string& name) { return ready_.count(name) != 0; };
    return in_.settled || std::all_of(stage.after.begin(), stage.after.end(), isReady);
  }

  kube::Status stage(const Stage& stage, int order) {
    // All of a stage is applied before any of it is judged: its parts may need each other to become ready.
    std::vector<Readiness> refused;
    for (const Json& object : stage.objects) {
      auto done = kube::kindOf(object) == "Job" ? job(object, order) : plain(object, order);
      if (done) continue;
      auto readiness = rejection(done.error());
      if (!readiness) return done;
      refused.push_back(std::move(*readiness));
    }
    ready_.insert(stage.name);
    for (const Readiness& readiness : refused) block(stage, readiness, false);
    for (const Json& object : stage.objects) judge(stage, object);
    return {};
  }

  // The first revision gets its name before its turn, so that the gateway finds its pods while they become available,
  // not after the cloud has said that it is Ready.
  kube::Status nameAhead(const Stage& stage, int order) {
    for (const Json& object : stage.objects) {
      if (kube::kindOf(object) != "Service" || !isFirst(object, in_.observed)) continue;
      auto done = plain(object, order);
      if (done) continue;
      const auto readiness = rejection(done.error());
      if (!readiness) return done;
      block(stage, *readiness, false);
    }
    return {};
  }

  kube::Status plain(const Json& object, int order) {
    const std::string ref = refOf(object);
    WINDLASS_TRY_ASSIGN(Applied applied,
                        applier_.apply(in_.cloud, decorate(object, in_.cloud, order), in_.observed.find(ref)));
    if (applied.action == ApplyAction::DriftCorrected) result_.corrected.push_back(ref + ": " + applied.driftedField);
    if (applied.action == ApplyAction::Created && in_.settled) result_.recreated.push_back(ref);
    result_.live[ref] = std::move(applied.live);
    return {};
  }

  kube::Status job(const Json& object, int order) {
    const std::string name = kube::nameOf(object);
    const Json* live = in_.observed.find(refOf(object));
    switch (nextJobStep(name, live, notes_, in_.now)) {
      case JobStep::Create:
        return plain(object, order);
      case JobStep::Leave:
        result_.live[refOf(object)] = *live;
        return {};
      case JobStep::Done:
        return {};
      case JobStep::Remove:
        notes_.doneJobs.erase(name);
        return kube::removeIfThere(client_, kube::kinds::Job, kube::keyOf(object),
                                   {kube::uidOf(*live), "", "Background", {}})
            .and_then([&]() -> kube::Status {
              return kube::fail(kube::ErrorKind::Conflict, fmt::format("Job/{} failed before and is made again", name));
            });
    }
    return {};
  }

  void judge(const Stage& stage, const Json& object) {
    const auto found = result_.live.find(refOf(object));
    if (found == result_.live.end()) return;  // refused, or a Job that is done
    const Json& live = found->second;
    Readiness readiness = readinessOf(live, around_);
    if (readiness.state == ReadyState::Waiting && !around_.warnings.size() && !asked_) {
      around_.warnings = warningsOf(client_, kube::namespaceOf(in_.cloud));
      asked_ = true;
      readiness = readinessOf(live, around_);
    }
    if (kube::kindOf(live) == "Job") follow(live, readiness);
    if (readiness.state != ReadyState::Ready) block(stage, readiness, kube::kindOf(live) == "Job");
  }

  void follow(const Json& job, const Readiness& readiness) {
    if (readiness.state == ReadyState::Ready) notes_.doneJobs.insert(kube::nameOf(job));
    const kube::TimePoint failed = jobFailedAt(job);
    if (failed == kube::TimePoint{}) return;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(failed + kJobRetryDelay - in_.now);
    const auto due = std::max(left, std::chrono::milliseconds(1000));
    if (!result_.again || due < *result_.again) result_.again = due;
  }

  // The first thing that waits is named, unless a later one of the walk has failed: that one needs a person.
  void block(const Stage& stage, const Readiness& readiness, bool isJob) {
    ready_.erase(stage.name);
    if (stage.trial) return blockTrial(stage, readiness);
    result_.onlyJobs = result_.onlyJobs && isJob;
    result_.serving = result_.serving && readiness.serving;
    const bool worse = result_.blocker && result_.blocker->readiness.state == ReadyState::Waiting &&
                       readiness.state == ReadyState::Failed;
    if (!result_.blocker || worse) result_.blocker = Blocker{stage.name, stage.summary, readiness};
  }

  // A revision that is tried is told only when nothing of the cloud itself is waited for.
  void blockTrial(const Stage& stage, const Readiness& readiness) {
    if (!result_.blocker) result_.blocker = Blocker{stage.name, stage.summary, readiness, true};
  }

  kube::Client& client_;
  Applier& applier_;
  const WalkInput& in_;
  CloudNotes& notes_;
  Surroundings around_;
  bool asked_ = false;
  std::set<std::string> ready_;  // names of stages
  WalkResult result_;
};

}  // namespace

std::optional<Readiness> rejection(const kube::Error& error) {
  using kube::ErrorKind;
  const std::string text = error.toString();
  if (error.kind == ErrorKind::AlreadyExists) return failedTo("NameTaken", text, "");
  if (error.kind == ErrorKind::Conflict && error.httpStatus == 0)
    return Readiness{ReadyState::Waiting, false, "BeingDeleted", text, ""};
  if (text.find("exceeded quota") != std::string::npos)
    return failedTo("QuotaExceeded", text,
                    "raise the quota of the namespace, or lower requests and replicas in the spec");
  if (text.find("is being terminated") != std::string::npos)
    return Readiness{ReadyState::Waiting, false, "NamespaceTerminating", text, ""};
  if (error.kind == ErrorKind::Forbidden)
    return failedTo("Forbidden", text,
                    "give the operator's service account this right, or lift the policy that refuses it");
  if (error.kind == ErrorKind::Invalid || error.kind == ErrorKind::BadRequest || error.kind == ErrorKind::TooLarge)
    return failedTo("ApplyRejected", text, "correct the part of the spec that leads to this object");
  if (error.kind == ErrorKind::NotFound || error.kind == ErrorKind::Internal) return failedTo("ApplyFailed", text, "");
  return std::nullopt;
}

Result<WalkResult> walkStages(kube::Client& client, Applier& applier, const WalkInput& input, CloudNotes& notes) {
  return Walk(client, applier, input, notes).run();
}

}  // namespace windlass::ops
