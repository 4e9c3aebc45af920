#include "vmctl/agent/cgroups.h"

#include <gtest/gtest.h>

namespace windlass::vm {
namespace {

TEST(Cgroups, ReadsVersionOneAndTwo) {
  const auto groups = parseMemberships("4:cpu,cpuacct:/kubepods/pod1/c1\n1:name=systemd:/\n0::/kubepods.slice/a:b\n");
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0], (CgroupMembership{"cpu,cpuacct", "/kubepods/pod1/c1"}));
  EXPECT_EQ(groups[2], (CgroupMembership{"", "/kubepods.slice/a:b"}));
}

const char* const kMountinfo =
    "30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
    "31 30 0:27 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 30 0:29 /nodes/a /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    "34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(Cgroups, FindsTheFileToJoinThrough) {
  const auto mounts = parseCgroupMounts(kMountinfo);
  ASSERT_EQ(mounts.size(), 4u);
  EXPECT_EQ(procsFiles({"memory", "/kubepods/c1"}, mounts),
            std::vector<std::string>{"/sys/fs/cgroup/memory/kubepods/c1/cgroup.procs"});
  EXPECT_EQ(procsFiles({"cpu,cpuacct", "/kubepods/c1"}, mounts),
            std::vector<std::string>{"/sys/fs/cgroup/cpu,cpuacct/kubepods/c1/cgroup.procs"});
  EXPECT_EQ(procsFiles({"", "/kubepods/c1"}, mounts),
            std::vector<std::string>{"/sys/fs/cgroup/unified/kubepods/c1/cgroup.procs"});
}

TEST(Cgroups, TranslatesGroupsOfAPartlyMountedHierarchy) {
  const auto mounts = parseCgroupMounts(kMountinfo);
  EXPECT_EQ(procsFiles({"pids", "/nodes/a/kubepods/c1"}, mounts),
            std::vector<std::string>{"/sys/fs/cgroup/pids/kubepods/c1/cgroup.procs"});
  EXPECT_TRUE(procsFiles({"pids", "/nodes/b/kubepods/c1"}, mounts).empty());
}

TEST(Cgroups, NeverMovesIntoARootOrOutOfTheNamespace) {
  const auto mounts = parseCgroupMounts(kMountinfo);
  EXPECT_TRUE(procsFiles({"memory", "/"}, mounts).empty());
  EXPECT_TRUE(procsFiles({"memory", "/../../other"}, mounts).empty());
}

}  // namespace
}  // namespace windlass::vm
