#pragma once
// Following one VirtualMachine until it is as wanted.
#include <chrono>
#include <functional>
#include <ostream>

#include "kube/client/client.h"

namespace windlass::vm::cli {

// Calls `done` with each state of the VM until it returns true. Each new phase or message is a line on `progress`.
// Timeout, with the last message, when `timeout` is over; NotFound when the VM goes away. Survives a broken watch.
kube::Status waitUntil(kube::Client& client, const kube::ObjectKey& key, std::chrono::seconds timeout,
                       const std::function<bool(const kube::Json&)>& done, std::ostream& progress);

}  // namespace windlass::vm::cli
