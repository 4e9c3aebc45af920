#include "kube/runtime/lease_record.h"

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr double kJitterFactor = 1.2;  // leaderelection.go

}  // namespace

LeaseRecord recordOf(const Json& lease) {
  return LeaseRecord{stringAt(lease, "/spec/holderIdentity"),
                     static_cast<int>(intAt(lease, "/spec/leaseDurationSeconds")), stringAt(lease, "/spec/acquireTime"),
                     stringAt(lease, "/spec/renewTime"), static_cast<int>(intAt(lease, "/spec/leaseTransitions"))};
}

void setRecord(Json& lease, const LeaseRecord& record) {
  Json& spec = lease["spec"];
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.durationSeconds;
  spec["acquireTime"] = record.acquireTime;
  spec["renewTime"] = record.renewTime;
  spec["leaseTransitions"] = record.transitions;
}

void LeaseObservation::observe(const LeaseRecord& record, SteadyTime now) {
  if (record_ == record) return;
  record_ = record;
  since_ = now;
}

bool LeaseObservation::isValid(SteadyTime now) const {
  return record_ && !record_->holder.empty() && since_ + std::chrono::seconds(record_->durationSeconds) > now;
}

std::optional<LeaseRecord> wantedRecord(const LeaseObservation& seen, const std::string& identity,
                                        std::chrono::seconds duration, SteadyTime now, TimePoint wallTime) {
  const bool mine = seen.isHeldBy(identity);
  if (!mine && seen.isValid(now)) return std::nullopt;
  LeaseRecord wanted{identity, static_cast<int>(duration.count()), formatMicroTime(wallTime), formatMicroTime(wallTime),
                     0};
  if (!seen.record()) return wanted;
  if (mine) wanted.acquireTime = seen.record()->acquireTime;
  wanted.transitions = seen.record()->transitions + (mine ? 0 : 1);
  return wanted;
}

LeaseRecord releasedRecord(const LeaseRecord& held, TimePoint wallTime) {
  LeaseRecord released = held;
  released.holder.clear();
  released.durationSeconds = 1;
  released.renewTime = released.acquireTime = formatMicroTime(wallTime);
  return released;
}

Status checkElection(const LeaderElectionOptions& options) {
  if (options.name.empty() || options.ns.empty() || options.identity.empty())
    return fail(ErrorKind::Invalid, "leader election needs a namespace, a lease name and an identity");
  if (options.leaseDuration <= options.renewDeadline)
    return fail(ErrorKind::Invalid, "leader election: leaseDuration must be longer than renewDeadline");
  if (std::chrono::duration<double>(options.renewDeadline).count() <=
      kJitterFactor * std::chrono::duration<double>(options.retryPeriod).count())
    return fail(ErrorKind::Invalid, "leader election: renewDeadline must be longer than 1.2 x retryPeriod");
  if (options.retryPeriod.count() < 1)
    return fail(ErrorKind::Invalid, "leader election: retryPeriod must be at least 1 s");
  return {};
}

}  // namespace windlass::kube
