// Answers of a real process, read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answers.h"
#include "operator/traffic/haproxy/servers_state.h"
#include "operator/traffic/haproxy/stats.h"
#include "operator/traffic/haproxy/tables.h"

namespace windlass::ops::haproxy {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ShowStat, RowsAreRead) {
  const auto rows = parseStats(kStat);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 8U);
  const StatRow& canary = rows->at(4);
  EXPECT_EQ(canary.proxy, "identity-canary");
  EXPECT_EQ(canary.server, "canary1");
  EXPECT_EQ(canary.type, RowType::Server);
  EXPECT_EQ(canary.sessions, 372U);
  EXPECT_EQ(canary.retries, 230U);
  EXPECT_EQ(canary.answers5xx, 8U);
  EXPECT_EQ(canary.answers(), 256U);
  EXPECT_TRUE(canary.isUp());
  EXPECT_FALSE(rows->at(5).isUp());
  EXPECT_TRUE(rows->at(6).isUp()) << "without a health check it is taken for well";
}

TEST(ShowStat, ColumnsAreFoundByNameInAnyOrder) {
  const auto rows = parseStats(
      "# new,type,svname,pxname,status,weight,scur,stot,econ,eresp,wretr,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,"
      "hrsp_other\n?,2,s,p,UP,1,2,3,4,5,6,7,8,9,10,11,12\n");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->at(0).sessions, 3U);
  EXPECT_EQ(rows->at(0).answersOther, 19U);
}

TEST(ShowStat, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(parseStats("").error().message, HasSubstr("line 1"));
  EXPECT_THAT(parseStats("# pxname,svname\n").error().message, HasSubstr("no column status"));
  std::string text = kStat;
  text.replace(text.find(",504,"), 5, ",5x4,");
  EXPECT_THAT(parseStats(text).error().message, HasSubstr("line 4: stot is 5x4"));
  EXPECT_THAT(parseStats(kStat + "a,\"b\n").error().message, HasSubstr("broken quotes"));
}

TEST(ShowServersState, ServersAreRead) {
  const auto servers = parseServersState(kServersState);
  ASSERT_TRUE(servers) << servers.error().message;
  ASSERT_EQ(servers->size(), 3U);
  EXPECT_EQ(servers->at(0).operational, OperationalState::Running);
  EXPECT_EQ(servers->at(1).weight, 10U);
  EXPECT_EQ(servers->at(1).port, 15002U);
  EXPECT_TRUE(servers->at(1).drains());
  EXPECT_FALSE(servers->at(1).inMaintenance());
  EXPECT_TRUE(servers->at(2).inMaintenance());
}

TEST(ShowServersState, AnotherFormatVersionIsRefused) {
  EXPECT_THAT(parseServersState("2\n# be_name\n").error().message, HasSubstr("format version 1"));
}

TEST(ShowTable, CountersAreReadInOrder) {
  const auto counters = parseCounters(kTable);
  ASSERT_TRUE(counters) << counters.error().message;
  EXPECT_THAT(counters->at("identity"), ElementsAre(504, 400, 300, 200, 100, 50, 20, 10, 4, 2, 1));
  EXPECT_EQ(counters->at("identity-canary")[1], 12U);
}

TEST(ShowMap, EntriesAreRead) {
  EXPECT_THAT(parseMap(kMap).value(), ElementsAre(Pair("identity", "5000"), Pair("identity/x", "1")));
  EXPECT_THAT(parseMap("").value(), ElementsAre());
  EXPECT_THAT(parseMap("Unknown map identifier.\n").error().message, HasSubstr("Unknown map"));
}

TEST(ShowInfo, TellsProcessesApart) {
  const auto info = parseInfo(kInfo);
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->pid, 31693U);
  EXPECT_EQ(info->startedAt, 1795558716U);
  EXPECT_EQ(info->uptime, 3U);
  EXPECT_FALSE(parseInfo("Name: HAProxy\nPid: x\nStart_time_sec: 1\n"));
}

}  // namespace
}  // namespace windlass::ops::haproxy
