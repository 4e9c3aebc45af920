#include "vmctl/agent/files.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/vmctl/agent/temporary_directory.h"

namespace windlass::vm {
namespace {

namespace fs = std::filesystem;

struct Root : TemporaryDirectory {
  Root() {
    fs::create_directories(path + "/root/disk");
    std::ofstream(path + "/secret") << "secret";
    std::ofstream(path + "/root/disk/file") << "content";
  }
  std::string root() const { return path + "/root"; }
};

TEST(OpenInRoot, ReadsAFileBelowTheRoot) {
  const Root world;
  const auto file = openInRoot(world.root(), "/disk/file");
  ASSERT_TRUE(file) << file.error().toString();
  EXPECT_EQ(readAll(*file, 100, "file").value_or("?"), "content");
}

TEST(OpenInRoot, FollowsLinksOnlyInsideTheRoot) {
  const Root world;
  fs::create_symlink("/disk/file", world.root() + "/inside");
  EXPECT_TRUE(openInRoot(world.root(), "/inside")) << "an absolute link means the root's own tree";
  fs::create_symlink("../../secret", world.root() + "/disk/outside");
  fs::create_symlink(world.path + "/secret", world.root() + "/disk/absolute");
  EXPECT_FALSE(openInRoot(world.root(), "/disk/outside"));
  EXPECT_FALSE(openInRoot(world.root(), "/disk/absolute"));
  EXPECT_FALSE(openInRoot(world.root(), "/../secret"));
}

TEST(OpenInRoot, RefusesWhatIsNoRegularFile) {
  const Root world;
  ASSERT_EQ(mkfifo((world.root() + "/fifo").c_str(), 0600), 0);
  for (const char* path : {"/fifo", "/disk"}) {
    const auto file = openInRoot(world.root(), path);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().kind, kube::ErrorKind::Invalid) << path;
  }
}

TEST(ReadAll, StopsAtItsLimit) {
  const Root world;
  const auto text = readFile(world.root() + "/disk/file", 3);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, kube::ErrorKind::TooLarge);
}

TEST(WriteDurably, ReplacesAFileAndSetsItsMode) {
  const Root world;
  const std::string path = world.root() + "/disk/file";
  ASSERT_TRUE(writeDurably(path, "new", 0600));
  EXPECT_EQ(readFile(path, 100).value_or("?"), "new");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

}  // namespace
}  // namespace windlass::vm
