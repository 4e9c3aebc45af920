#pragma once
// Running a helper program of the node image (qemu-img), bounded in time and output.
#include <chrono>
#include <string>
#include <vector>

#include "kube/object/result.h"

namespace windlass::vm {

// Without a shell. An exit status other than 0 is an Io error with the end of what the program wrote to stderr.
kube::Status runCommand(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout);

}  // namespace windlass::vm
