#include "vmctl/agent/image_cache.h"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "tests/vmctl/agent/temporary_directory.h"
#include "vmctl/agent/files.h"

namespace windlass::vm {
namespace {

class ImageCacheTest : public testing::Test {
 protected:
  Fd fileWith(const std::string& content) {
    const std::string path = world_.path + "/source";
    std::ofstream(path, std::ios::trunc) << content;
    return Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  ImageCache cacheOf(std::uint64_t bytes) {
    return ImageCache(world_.path + "/images", bytes, [this] { return inUse_; });
  }
  TemporaryDirectory world_;
  std::set<std::string> inUse_;
};

TEST_F(ImageCacheTest, KeepsAFileUnderItsDigest) {
  ImageCache cache = cacheOf(1000);
  const auto cached = cache.keep(fileWith("hello"), {"disk", ""});
  ASSERT_TRUE(cached) << cached.error().toString();
  EXPECT_EQ(cached->sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(readFile(cached->path, 100).value_or("?"), "hello");
}

TEST_F(ImageCacheTest, DoesNotReadAFileItHasAlready) {
  ImageCache cache = cacheOf(1000);
  const auto first = cache.keep(fileWith("hello"), {"disk", ""});
  ASSERT_TRUE(first);
  const Fd broken(open("/dev/null", O_WRONLY | O_CLOEXEC));
  EXPECT_TRUE(cache.keep(broken, {"disk", first->sha256}));
}

TEST_F(ImageCacheTest, RefusesContentThatIsNotWhatTheImageSays) {
  ImageCache cache = cacheOf(1000);
  const auto cached = cache.keep(fileWith("hello"), {"disk", std::string(64, '0')});
  ASSERT_FALSE(cached);
  EXPECT_EQ(cached.error().kind, kube::ErrorKind::Invalid);
  EXPECT_TRUE(std::filesystem::is_empty(world_.path + "/images"));
}

TEST_F(ImageCacheTest, MakesRoomByDroppingWhatNobodyUses) {
  ImageCache cache = cacheOf(10);
  const auto used = cache.keep(fileWith("12345"), {"a", ""});
  inUse_.insert(used->sha256);
  const auto unused = cache.keep(fileWith("67890"), {"b", ""});
  const auto next = cache.keep(fileWith("abcde"), {"c", ""});
  ASSERT_TRUE(next) << next.error().toString();
  EXPECT_TRUE(std::filesystem::exists(used->path));
  EXPECT_FALSE(std::filesystem::exists(unused->path));
}

TEST_F(ImageCacheTest, SaysWhenGuestsUseAllOfIt) {
  ImageCache cache = cacheOf(6);
  inUse_.insert(cache.keep(fileWith("12345"), {"a", ""})->sha256);
  const auto next = cache.keep(fileWith("abcde"), {"c", ""});
  ASSERT_FALSE(next);
  EXPECT_NE(next.error().message.find("--image-cache-size"), std::string::npos);
}

}  // namespace
}  // namespace windlass::vm
