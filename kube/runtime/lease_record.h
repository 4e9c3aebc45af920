#pragma once
// What an elector decides, as pure functions on the Lease. Source: client-go tools/leaderelection/leaderelection.go and
// resourcelock/leaselock.go.
#include <chrono>
#include <optional>
#include <string>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"
#include "kube/runtime/clock.h"
#include "kube/runtime/manager.h"

namespace windlass::kube {

struct LeaseRecord {
  std::string holder;  // "" = released
  int durationSeconds = 0;
  std::string acquireTime, renewTime;  // metav1.MicroTime
  int transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};
LeaseRecord recordOf(const Json& lease);
void setRecord(Json& lease, const LeaseRecord& record);

// What this process has seen of the lease. Whether it has run out is judged by the local clock since the record last
// changed, never by the times written in it: the clocks of two nodes need not agree.
class LeaseObservation {
 public:
  void observe(const LeaseRecord& record, SteadyTime now);
  bool isHeldBy(const std::string& identity) const { return record_ && record_->holder == identity; }
  // Someone holds it and has not let it run out.
  bool isValid(SteadyTime now) const;
  const std::optional<LeaseRecord>& record() const { return record_; }

 private:
  std::optional<LeaseRecord> record_;
  SteadyTime since_{};
};

// The record to write to take or renew the lease; nullopt while another holder's is valid.
std::optional<LeaseRecord> wantedRecord(const LeaseObservation& seen, const std::string& identity,
                                        std::chrono::seconds duration, SteadyTime now, TimePoint wallTime);
LeaseRecord releasedRecord(const LeaseRecord& held, TimePoint wallTime);
// Invalid unless lease > renew > 1.2 x retry > 0 and the names are there.
Status checkElection(const LeaderElectionOptions& options);

}  // namespace windlass::kube
