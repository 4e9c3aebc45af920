#pragma once
// Writing the status and telling people, both only when something changed.
#include "kube/client/client.h"
#include "kube/runtime/events.h"
#include "operator/reconcile/observe.h"
#include "operator/reconcile/status.h"

namespace windlass::ops {

// Writes .status when it differs from what `cloud` carries, then records Events: when Ready flipped or the reason of
// not being ready became another one, and when the way to the release of the spec did. A cloud that is gone meanwhile
// is no error.
Status publish(kube::Client& client, kube::EventRecorder& events, const Json& cloud, const CloudReport& report,
               kube::TimePoint now);

// Writes what the course says of releases into the cloud's status, when it says something else; before anything is
// applied because of it. Returns the cloud as it is then.
Result<Json> recordCourse(kube::Client& client, const Json& cloud, const Course& course, kube::TimePoint now);

}  // namespace windlass::ops
