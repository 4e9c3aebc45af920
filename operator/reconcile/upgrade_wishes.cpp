#include "operator/reconcile/upgrade_wishes.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/plan/canonical.h"
#include "operator/plan/difference.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostLines = 12;

bool isBegun(RunMode mode) {
  return mode == RunMode::Approved || mode == RunMode::Running;
}

bool wantsRollback(const WishInput& in) {
  const Run& run = in.run;
  if (in.spec.state != WantedState::RolledBack || run.rollbackWanted || run.rollbackBegan) return false;
  return run.mode != RunMode::Aborted;
}

bool wantsRestore(const WishInput& in) {
  return in.spec.state == WantedState::Restored && !in.run.restoring && in.run.mode != RunMode::Aborted;
}

bool wantsResume(const WishInput& in) {
  const Run& run = in.run;
  if (run.mode == RunMode::Failed) return in.spec.resume > in.resumed;
  if (in.spec.state != WantedState::Running) return false;
  return run.mode == RunMode::Paused || (run.mode == RunMode::Running && run.pauseWanted);
}

std::string differenceText(const UpgradePlan& approved, const UpgradePlan& present) {
  std::vector<std::string> lines = difference(approved, present).lines;
  const std::size_t more = lines.size() > kMostLines ? lines.size() - kMostLines : 0;
  lines.resize(lines.size() - more);
  return fmt::format("{}{}", fmt::join(lines, "\n"), more == 0 ? "" : fmt::format("\nand {} more", more));
}

}  // namespace

std::optional<EventKind> nextWish(const WishInput& in) {
  const auto asks = [&](EventKind kind, bool wanted) { return wanted && !in.answered.contains(kind); };
  const Run& run = in.run;
  const bool drifts =
      !run.drifted && in.presentHash != run.planHash && (isBegun(run.mode) || run.mode == RunMode::Paused);
  if (asks(EventKind::CloudChanged, drifts)) return EventKind::CloudChanged;
  if (asks(EventKind::ApproveContract, in.spec.contractApproved && !run.contractApproved))
    return EventKind::ApproveContract;
  if (asks(EventKind::Rollback, wantsRollback(in))) return EventKind::Rollback;
  if (asks(EventKind::Restore, wantsRestore(in))) return EventKind::Restore;
  if (asks(EventKind::Pause, in.spec.state == WantedState::Paused && isBegun(run.mode) && !run.pauseWanted))
    return EventKind::Pause;
  if (asks(EventKind::Resume, wantsResume(in))) return EventKind::Resume;
  return std::nullopt;
}

std::string whyNotRestored(const RestoreInput& in) {
  if (!in.other.empty()) return fmt::format("run {} of this cloud is in work: end it first", in.other);
  const std::string release = kube::stringAt(in.cloud, "/status/release");
  const std::string& known = in.run.mode == RunMode::Done ? in.plan.to : in.plan.from;
  if (release == known) return "";
  return fmt::format("the cloud runs {} by now: the backups of this run lead to {} from {} only", release, in.plan.from,
                     in.plan.to);
}

BeginAnswer mayBegin(const BeginInput& in) {
  if (!in.present)
    return {false, true, "PlanChanged", "no such plan can be made for the cloud now: " + in.present.error().toString()};
  if (hashOf(*in.present) != in.hash) {
    return {
        false, true, "PlanChanged",
        fmt::format("the cloud changed since the plan was made: approve {} instead, in another run. What changed:\n{}",
                    kube::nameOf(objectOf(*in.present)), differenceText(in.plan, *in.present))};
  }
  if (!in.other.empty()) return {false, false, "AnotherRun", "the end of run " + in.other + " of this cloud"};
  if (!kube::isConditionTrue(in.cloud, "Ready")) return {false, false, "CloudNotReady", "the cloud to be Ready"};
  return {true, false, "", ""};
}

}  // namespace windlass::ops
