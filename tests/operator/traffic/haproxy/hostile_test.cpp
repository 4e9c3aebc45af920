// Input that no honest process sends: nothing may crash, hang or be taken for what it is not.
#include <random>

#include <gtest/gtest.h>

#include "answers.h"
#include "operator/traffic/haproxy/servers_state.h"
#include "operator/traffic/haproxy/stats.h"
#include "operator/traffic/haproxy/tables.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace windlass::ops::haproxy {
namespace {

using namespace test;

void feed(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

TEST(HostileAnswers, EveryPrefixIsSurvived) {
  for (const std::string& text : {kStat, kServersState, kTable, kInfo, kMap}) {
    for (std::size_t size = 0; size <= text.size(); ++size) feed(text.substr(0, size));
  }
}

std::string mutated(std::string text, std::mt19937& random) {
  static const std::string kSpice = ",\n \"\0=:;#x9-\\%";
  const int changes = 1 + static_cast<int>(random() % 8);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text.erase(at, 1 + random() % 20);
        break;
      case 2:
        text.insert(at, 1 + random() % 40, kSpice[random() % kSpice.size()]);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 200));
    }
  }
  return text;
}

TEST(HostileAnswers, MutationsAreSurvived) {
  std::mt19937 random(20261124);
  for (const std::string& text : {kStat, kServersState, kTable, kInfo, kMap}) {
    for (int i = 0; i < 1500; ++i) feed(mutated(text, random));
  }
}

TEST(HostileAnswers, AColumnThatComesTwiceIsRefused) {
  std::string text = kServersState;
  ASSERT_TRUE(parseServersState(text));
  text.insert(text.find("# ") + 2, "be_name ");
  EXPECT_FALSE(parseServersState(text));
}

TEST(HostileAnswers, TooMuchIsRefused) {
  EXPECT_EQ(parseStats(std::string(17U << 20U, 'x')).error().kind, kube::ErrorKind::TooLarge);
  EXPECT_EQ(parseMap(std::string(300000, '\n')).error().kind, kube::ErrorKind::TooLarge);
  EXPECT_FALSE(parseStats(kStat + std::string(600, ',') + "\n"));
  EXPECT_FALSE(parseCounters("# table: t\n0x1: key=a gpc4000000000=1\n"));
}

TEST(HostileAnswers, NumbersMustBeNumbers) {
  for (const char* value : {"", "-1", "+1", "0x1", "1e3", "18446744073709551616", "1.0"})
    EXPECT_FALSE(parseCounters(std::string("# table: t\n0x1: key=a gpc0=") + value + "\n")) << value;
}

}  // namespace
}  // namespace windlass::ops::haproxy
