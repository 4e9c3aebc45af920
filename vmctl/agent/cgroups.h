#pragma once
// Moving QEMU into its carrier's cgroup, so that the guest counts against the pod in every controller, and ends with
// it. Works for cgroup v1, v2 and a mix (cgroups(7)). Source of the layout: /proc/<pid>/cgroup and
// /proc/self/mountinfo.
#include <string>
#include <vector>

#include <sys/types.h>

#include "kube/object/result.h"

namespace windlass::vm {

struct CgroupMembership {
  std::string controllers;  // "cpu,cpuacct", "memory"; empty for v2
  std::string path;         // "/kubepods/pod.../..."
  bool operator==(const CgroupMembership&) const = default;
};
std::vector<CgroupMembership> parseMemberships(const std::string& procCgroup);

struct CgroupMount {
  std::string directory;
  std::string root;         // the group that is mounted there; "/" for the whole hierarchy
  std::string controllers;  // as in the superblock options; empty for v2
};
// The cgroup file systems of a /proc/<pid>/mountinfo.
std::vector<CgroupMount> parseCgroupMounts(const std::string& mountinfo);

// The files through which a process can join `group` (one for each mount that shows it); none for a hierarchy's root.
std::vector<std::string> procsFiles(const CgroupMembership& group, const std::vector<CgroupMount>& mounts);

// Moves all threads of `qemu`. Fails when the memory controller (or the unified hierarchy) could not be joined: the
// guest would then not count against its pod.
kube::Status joinCgroups(pid_t carrier, pid_t qemu);

}  // namespace windlass::vm
