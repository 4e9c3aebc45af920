#pragma once
// Reading a carrier pod: whose it is, and whether the agent may act on it. Pure.
#include <cstdint>
#include <optional>
#include <string>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::vm {

struct CarrierPod {
  std::string vmName;
  std::string vmUid;
  std::string podUid;
  bool deleting = false;
  bool terminal = false;
  int graceSeconds = 30;
  std::uint64_t memoryLimit = 0;  // bytes, of the container `guest`; 0: none
};

// Invalid when the pod carries the label of a VM but is not controlled by it, is not on `node`, or lies about its UID.
kube::Result<CarrierPod> readCarrierPod(const kube::Json& pod, const std::string& node);

}  // namespace windlass::vm
