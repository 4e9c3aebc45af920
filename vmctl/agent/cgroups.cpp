#include "vmctl/agent/cgroups.h"

#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>

#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Status;

namespace {

constexpr std::size_t kMaxProcBytes = 1 << 20;

bool hasWord(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

// Joins through the first of `files` that is there; false when none is.
kube::Result<bool> joinThrough(const std::vector<std::string>& files, pid_t pid) {
  for (const std::string& path : files) {
    const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) continue;
    const std::string text = std::to_string(pid);
    if (write(file.get(), text.data(), text.size()) < 0) return errnoError("cannot move QEMU into", path);
    return true;
  }
  return false;
}

// The part of `path` below `root`, or "" when it is not below.
std::string below(const std::string& root, const std::string& path) {
  if (root == "/") return path;
  return path.rfind(root + "/", 0) == 0 ? path.substr(root.size()) : "";
}

bool countsMemory(const CgroupMembership& group) {
  return group.path != "/" && (group.controllers.empty() || hasWord(group.controllers, "memory"));
}

}  // namespace

std::vector<CgroupMembership> parseMemberships(const std::string& procCgroup) {
  std::vector<CgroupMembership> out;
  std::istringstream lines(procCgroup);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    out.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return out;
}

std::vector<CgroupMount> parseCgroupMounts(const std::string& mountinfo) {
  std::vector<CgroupMount> out;
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line.substr(0, dash)), after(line.substr(dash + 3));
    std::string id, parent, device, root, directory, type, source, options;
    before >> id >> parent >> device >> root >> directory;
    after >> type >> source >> options;
    if (type == "cgroup2") out.push_back({directory, root, ""});
    if (type == "cgroup") out.push_back({directory, root, options});
  }
  return out;
}

std::vector<std::string> procsFiles(const CgroupMembership& group, const std::vector<CgroupMount>& mounts) {
  std::vector<std::string> out;
  if (group.path == "/" || group.path.find("/..") != std::string::npos) return out;
  const std::string first = group.controllers.substr(0, group.controllers.find(','));
  for (const CgroupMount& mount : mounts) {
    const bool same = group.controllers.empty() ? mount.controllers.empty() : hasWord(mount.controllers, first);
    const std::string inside = below(mount.root, group.path);
    if (same && !inside.empty()) out.push_back(mount.directory + inside + "/cgroup.procs");
  }
  return out;
}

Status joinCgroups(pid_t carrier, pid_t qemu) {
  WINDLASS_TRY_ASSIGN(const std::string text, readFile(fmt::format("/proc/{}/cgroup", carrier), kMaxProcBytes));
  WINDLASS_TRY_ASSIGN(const std::string mountinfo, readFile("/proc/self/mountinfo", kMaxProcBytes));
  const std::vector<CgroupMembership> groups = parseMemberships(text);
  const std::vector<CgroupMount> mounts = parseCgroupMounts(mountinfo);
  bool counted = false;
  for (const CgroupMembership& group : groups) {
    WINDLASS_TRY_ASSIGN(const bool joined, joinThrough(procsFiles(group, mounts), qemu));
    counted = counted || (joined && countsMemory(group));
  }
  if (counted) return {};
  return fail(ErrorKind::Invalid,
              "the guest's memory would not count against its pod: the carrier's memory cgroup was not found below "
              "/sys/fs/cgroup; does the agent mount the node's /sys/fs/cgroup and share its cgroup namespace?");
}

}  // namespace windlass::vm
