#pragma once
// Leader election alone does not stop a leader that was paused: its next write may come after another leads. Two
// fences:
//
// fencedClient() asks before each write whether the lease is still ours by the local clock. A process that was stopped
// and goes on is refused by itself; what was sent before the pause and arrives late is not.
//
// The leader's epoch (Manager::leaderEpoch(), the Lease's number of transitions) grows with each leader. Written into
// what is written, it lets whoever stores it refuse an older one: checkLeaderEpoch() for systems of your own, a
// ValidatingAdmissionPolicy for the API server (docs/kube.md shows it).
#include <cstdint>
#include <functional>
#include <memory>

#include "kube/client/client.h"

namespace windlass::kube {

inline constexpr std::string_view kLeaderEpochAnnotation = "windlass.dev/leader-epoch";

void stampLeaderEpoch(Json& object, std::int64_t epoch);
// 0 when the object carries none.
std::int64_t leaderEpochOf(const Json& object);
// Conflict: `stored` was written by a later leader than `epoch`.
Status checkLeaderEpoch(const Json& stored, std::int64_t epoch);

// Reads go through; a write is refused with the error of `mayWrite`, which is called before each one, from any thread.
std::shared_ptr<Client> fencedClient(std::shared_ptr<Client> client, std::function<Status()> mayWrite);

}  // namespace windlass::kube
