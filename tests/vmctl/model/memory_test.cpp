#include <gtest/gtest.h>

#include "vmctl/model/overhead.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {
namespace {

constexpr std::uint64_t MiB = 1ULL << 20;

TEST(MemoryQuantity, ReadsBinaryAndDecimalSuffixes) {
  EXPECT_EQ(parseMemory("512Mi").value(), 512 * MiB);
  EXPECT_EQ(parseMemory("2Gi").value(), 2048 * MiB);
  EXPECT_EQ(parseMemory("1T").value(), 1'000'000'000'000ULL);
  EXPECT_EQ(parseMemory("65536k").value(), 65'536'000ULL);
  EXPECT_EQ(parseMemory("1.5Gi").value(), 1536 * MiB);
  EXPECT_EQ(parseMemory("123").value(), 123ULL);
}

TEST(MemoryQuantity, RefusesWhatIsNoQuantityWithAnExample) {
  for (const char* text : {"", "Mi", "-1Mi", "1 Gi", "1mi", "1Gib"}) {
    const auto result = parseMemory(text);
    ASSERT_FALSE(result) << text;
    EXPECT_NE(result.error().message.find("512Mi"), std::string::npos);
  }
}

TEST(MemoryOverhead, StaysUnderNinetyMebibytesForASmallGuest) {
  EXPECT_LE(memoryOverheadBytes(1024 * MiB, 1), 90 * MiB);
  EXPECT_EQ(memoryOverheadBytes(128 * MiB, 1), 80 * MiB);
}

TEST(MemoryOverhead, GrowsWithProcessorsAndWithPageTables) {
  EXPECT_EQ(memoryOverheadBytes(1024 * MiB, 4), 86 * MiB);
  EXPECT_EQ(memoryOverheadBytes(65 * 1024 * MiB, 1), (80 + 128) * MiB);
}

}  // namespace
}  // namespace windlass::vm
