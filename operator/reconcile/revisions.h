#pragma once
// Who else may still be asked: what is there of revisions that a rendering does not have (any more). Pure.
#include <string>
#include <vector>

#include "kube/object/conditions.h"
#include "operator/reconcile/observe.h"
#include "operator/render/stage.h"

namespace windlass::ops {

// Names of the pods of other revisions of the rendered components that have not ended. Requests that were sent before
// the traffic moved, or by a gateway that has not heard of it yet, still go to them: they serve for their drainSeconds.
// A pod whose time to end is over at `now` does not count: its node is lost, and nobody is there to say so.
std::vector<std::string> podsOfOtherRevisions(const RenderedCloud& rendered, const std::vector<Json>& pods,
                                              kube::TimePoint now);

// The Service, made now, would take no request from anybody: it is not there, and no workload of another revision of
// its component is.
bool isFirst(const Json& service, const Observed& observed);

}  // namespace windlass::ops
