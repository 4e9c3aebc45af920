#pragma once
// `windlass simulate`: walks plans through the model cloud with faults.
#include <cstdint>
#include <string>

#include "kube/object/result.h"

namespace windlass::ops {

struct SimulateFlags {
  std::string catalog = "/usr/share/windlass";
  std::string from, to;  // both "" = every legal hop
  bool all = false;      // every step with every fault, before the random runs
  std::uint64_t seed = 1;
  int runs = 2000;  // random ones, a hop
  int hosts = 20;
};

// A line a hop, and without --from and --to one a release for a change of all settings, with runs a second. Invalid
// with the story of the smallest failing run, and how to repeat it.
kube::Result<std::string> simulateCommand(const SimulateFlags& flags);

}  // namespace windlass::ops
