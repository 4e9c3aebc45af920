#pragma once
// The logs of all pods of a canary's component, read at the same time: one that hangs delays none of the others.
#include "kube/client/client.h"
#include "operator/reconcile/canary_logs.h"

namespace windlass::ops {

// Fills in the text of those that have a mark, from its second on. Blocks as long as the slowest takes, three seconds
// at most; a thread for each.
void readPodLogs(kube::Client& client, const std::string& ns, const LogMarks& marks, std::vector<PodLog>& logs);

}  // namespace windlass::ops
