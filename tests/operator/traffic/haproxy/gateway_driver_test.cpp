// Counters and splits through a scripted gateway.
#include "operator/traffic/haproxy/gateway_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answers.h"

namespace windlass::ops::haproxy {
namespace {

using namespace test;
using testing::ElementsAre;

TEST(GatewayDriver, ASampleHasBothRevisionsOfEachApi) {
  const auto sample = readSample(kInfo, kStat, kTable);
  ASSERT_TRUE(sample) << sample.error().message;
  EXPECT_EQ(sample->process, "31693@1795558716");
  ASSERT_EQ(sample->apis.size(), 1U);
  const ApiCounters& api = sample->apis.at("identity");
  EXPECT_EQ(api.stable.requests, 504U) << "those that served in place of the canary are not judged";
  EXPECT_EQ(api.stable.errors, 0U);
  EXPECT_EQ(api.canary.requests, 372U);
  // 8 answered 5xx; of 372 attempts 256 were answered and 1 runs, so 115 were lost, though 230 were counted as retries.
  EXPECT_EQ(api.canary.errors, 123U);
  EXPECT_EQ(api.stable.timed, 504U);
  EXPECT_EQ(api.stable.slower[9], 1U);
  EXPECT_EQ(api.canary.slower[0], 12U);
  EXPECT_TRUE(api.canaryAvailable);
}

TEST(GatewayDriver, OnlyWhatDiffersIsChanged) {
  const auto commands =
      commandsFor("m", {{"a", "1"}, {"b", "2"}, {"gone", "3"}}, {{"a", "1"}, {"b", "5"}, {"new", "6"}});
  ASSERT_TRUE(commands);
  std::vector<std::string> texts;
  for (const Command& command : *commands) texts.push_back(command.text());
  EXPECT_THAT(texts, ElementsAre("del map m gone", "set map m b 5", "add map m new 6"));
}

std::unique_ptr<ScriptedChannel> channelWith(std::vector<std::string> answers) {
  return std::make_unique<ScriptedChannel>(std::move(answers));
}

TEST(GatewayDriver, ConvergingAsksThenSets) {
  auto owned = channelWith({"\n\n0x1 identity 0\n\n", "\n\n"});
  ScriptedChannel& channel = *owned;
  GatewayDriver driver(std::move(owned), "/t");
  const auto changes = driver.converge({"identity"}, {{"identity", {1000, {"yes"}, {}}}});
  ASSERT_TRUE(changes) << changes.error().message;
  EXPECT_EQ(*changes, 2);
  EXPECT_THAT(channel.lines, ElementsAre("show map /t/headers.map;show map /t/tenants.map;show map /t/weights.map",
                                         "add map /t/headers.map identity/yes 1;set map /t/weights.map identity 1000"));
}

TEST(GatewayDriver, ALongListIsSentInSeveralLines) {
  std::vector<std::string> tenants;
  for (int i = 0; i < 300; ++i) tenants.push_back("0123456789abcdef0123456789abc" + std::to_string(i));
  auto owned = channelWith({"\n\n0x1 identity 0\n\n", std::string(98, '\n'), std::string(98, '\n'),
                            std::string(98, '\n'), std::string(98, '\n')});
  ScriptedChannel& channel = *owned;
  GatewayDriver driver(std::move(owned), "/t");
  static_cast<void>(driver.converge({"identity"}, {{"identity", {0, {}, tenants}}}));
  ASSERT_GE(channel.lines.size(), 2U);
  for (const std::string& line : channel.lines) EXPECT_LT(line.size(), 8100U);
}

TEST(GatewayDriver, AnImpossibleTenantIsRefusedBeforeAnythingIsSent) {
  auto owned = channelWith({"\n\n0x1 identity 0\n\n"});
  ScriptedChannel& channel = *owned;
  GatewayDriver driver(std::move(owned), "/t");
  EXPECT_FALSE(driver.converge({"identity"}, {{"identity", {0, {}, {"a;shutdown sessions"}}}}));
  EXPECT_EQ(channel.lines.size(), 1U);
}

}  // namespace
}  // namespace windlass::ops::haproxy
