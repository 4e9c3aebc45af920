#pragma once
// Private to this room.
#include "operator/model/decode.h"
#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

// The fields of a workload that make a revision: config, resources, placement, image.
void decodeSettingFields(ObjectReader& reader, WorkloadSpec& out);

}  // namespace windlass::ops
