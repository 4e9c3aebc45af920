#pragma once
// Runs one short-lived program with bounded time and output. Internal to the room.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "kube/object/result.h"

namespace windlass::kube {

struct ProcessSpec {
  std::string command;  // absolute, or looked up in PATH
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  // added to ours, later ones win
  std::chrono::milliseconds timeout{30000};
  std::size_t maxOutput = 1U << 20U;
};

struct ProcessResult {
  int exitCode = 0;    // 128 + signal when it was killed by one
  std::string output;  // of stdout; stderr goes to ours, stdin is empty
};

// Missing (no such program), Timeout (its process group was killed), TooLarge, Io.
Result<ProcessResult> runProcess(const ProcessSpec& spec);

}  // namespace windlass::kube
