// Which requests wrote an error into the logs of a component's pods, each line counted once.
#include "operator/reconcile/canary_logs.h"

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBeganToLog = 1767323045 * kSecond;  // 2026-01-02T03:04:05Z

const std::regex& error() {
  static const std::regex out(realCatalog().upgradeDefaults.logError);
  return out;
}

std::string line(const std::string& time, const std::string& level, const std::string& context,
                 const std::string& text = "it failed") {
  return "2026-01-02T" + time + " 2026-01-02 03:04:05.678 7 " + level + " a.module " + context + " " + text + "\n";
}

std::string request(const std::string& id) {
  return "[None req-" + id + " - - - - -]";
}

TEST(LogTally, RequestsThatWroteAnErrorAreCountedOnce) {
  const std::string text = line("03:04:06.1Z", "INFO", request("a")) + line("03:04:06.2Z", "ERROR", request("a")) +
                           line("03:04:06.3Z", "ERROR", request("a")) + line("03:04:06.4Z", "CRITICAL", request("b")) +
                           line("03:04:06.5Z", "WARNING", request("c"));
  const LogTally tally = tallyLog(text, error(), kBeganToLog);
  EXPECT_THAT(tally.requests, ElementsAre("req-a", "req-b"));
  EXPECT_EQ(tally.last, kBeganToLog + kSecond + kSecond / 2);
}

TEST(LogTally, ALineOfATracebackOrOfNoRequestIsNone) {
  const std::string text = line("03:04:06Z", "ERROR", "Traceback (most recent call last):") +
                           line("03:04:06Z", "ERROR", "  File \"a.py\", line 1") + line("03:04:06Z", "ERROR", "[-]") +
                           "2026-01-02T03:04:06Z something else, ERROR [req-a]\n";
  EXPECT_THAT(tallyLog(text, error(), kBeganToLog).requests, IsEmpty());
}

TEST(LogTally, TheOlderFormatWithoutAGlobalIdIsKnownToo) {
  EXPECT_THAT(
      tallyLog(line("03:04:06Z", "ERROR", "[req-a user project - default default]"), error(), kBeganToLog).requests,
      ElementsAre("req-a"));
}

TEST(LogTally, WhatASyntheticTransactionCausesIsNoClients) {
  const std::string own = "req-77696e64-6c61-7373-0000-000000000000";
  const std::string text = line("03:04:06Z", "ERROR", "[" + own + " req-a - -]") +
                           line("03:04:06Z", "ERROR", "[None " + own + " - -]") +
                           line("03:04:06Z", "ERROR", "[req-0b req-c - -]", own);
  EXPECT_THAT(tallyLog(text, error(), kBeganToLog).requests, ElementsAre("req-c"));
}

TEST(LogTally, OnlyLinesAfterTheMarkCountToTheNanosecond) {
  const std::string text = line("03:04:06.12Z", "ERROR", request("a")) +
                           line("03:04:06.120000001Z", "ERROR", request("b")) +
                           line("05:04:06.5+02:00", "ERROR", request("c"));
  const LogTally tally = tallyLog(text, error(), kBeganToLog + kSecond + 120'000'000);
  EXPECT_THAT(tally.requests, ElementsAre("req-b", "req-c"));
}

TEST(LogTally, ALineWithoutItsEndComesWithTheNextLook) {
  const std::string whole = line("03:04:06Z", "ERROR", request("a"));
  const LogTally tally = tallyLog(whole.substr(0, whole.size() - 1), error(), kBeganToLog);
  EXPECT_THAT(tally.requests, IsEmpty());
  EXPECT_EQ(tally.last, 0);
}

TEST(LogTally, AnyBytesAreRead) {
  std::string text(kMostLogBytes, '[');
  EXPECT_TRUE(tallyLog(text, error(), kBeganToLog).isCut);
  text[100] = '\n';
  text[200] = '\0';
  EXPECT_THAT(tallyLog(text + "\n\n \n2026-99-99T03:04:06Z x\n", error(), kBeganToLog).requests, IsEmpty());
  EXPECT_THAT(tallyLog("2026-01-02T03:04:06.9x9Z " + std::string(70000, 'a') + "\n", error(), kBeganToLog).requests,
              IsEmpty());
}

struct Logs {
  Logs() { notes.marks = {{"new", kBeganToLog}, {"old", kBeganToLog}}; }
  Window hear(const kube::Result<std::string>& tried, const kube::Result<std::string>& stable, int seconds = 5) {
    const std::vector<PodLog> logs = {{"new", "main", true, tried}, {"old", "main", false, stable}};
    Window window;
    hearLogs({logs, error(), kBeganToLog + seconds * kSecond, isBaseline}, notes, window);
    return window;
  }
  static kube::Result<std::string> refused() { return kube::fail(kube::ErrorKind::Forbidden, "it is forbidden"); }
  LogNotes notes;
  bool isBaseline = false;
};

TEST(CanaryLogs, EachLineCountsOnceHoweverOftenItIsRead) {
  Logs logs;
  const std::string one = line("03:04:06Z", "ERROR", request("a")), two = line("03:04:07Z", "ERROR", request("b"));
  const Window first = logs.hear(one, "");
  EXPECT_TRUE(first.logsRead);
  EXPECT_EQ(first.canary.counts.logged, 1U);
  EXPECT_EQ(first.stable.counts.logged, 0U);
  EXPECT_EQ(logs.hear(one + two, two).canary.counts.logged, 1U);
  EXPECT_EQ(logs.notes.marks["new"], kBeganToLog + 2 * kSecond);
}

TEST(CanaryLogs, APodThatIsSeenForTheFirstTimeOnlySetsItsMark) {
  LogNotes notes;
  const std::vector<PodLog> logs = {{"new", "main", true, std::nullopt}, {"old", "main", false, std::nullopt}};
  Window window;
  hearLogs({logs, error(), kBeganToLog, false}, notes, window);
  EXPECT_EQ(notes.marks, (LogMarks{{"new", kBeganToLog}, {"old", kBeganToLog}}));
}

TEST(CanaryLogs, APodThatIsGoneIsForgotten) {
  Logs logs;
  logs.notes.marks["gone"] = kBeganToLog;
  logs.hear("", "");
  EXPECT_FALSE(logs.notes.marks.contains("gone"));
}

TEST(CanaryLogs, OneThatCannotBeReadMakesTheWholeWindowNoProof) {
  Logs logs;
  const std::string one = line("03:04:06Z", "ERROR", request("a"));
  const Window window = logs.hear(one, Logs::refused());
  EXPECT_FALSE(window.logsRead);
  EXPECT_EQ(window.canary.counts.logged, 0U);
  EXPECT_THAT(logs.notes.problem, HasSubstr("the log of pod old cannot be read: it is forbidden"));
  EXPECT_EQ(logs.hear(one, one).canary.counts.logged, 0U) << "nor do its lines count later, beside other requests";
  EXPECT_EQ(logs.hear(one, one).stable.counts.logged, 0U);
  EXPECT_EQ(logs.notes.problem, "");
}

TEST(CanaryLogs, WithoutAPodOfOneSideThereIsNothingToCompare) {
  LogNotes notes;
  Window window;
  hearLogs({{{"old", "main", false, std::nullopt}}, error(), kBeganToLog, false}, notes, window);
  EXPECT_FALSE(window.logsRead);
  EXPECT_EQ(notes.problem, "no pod of the canary runs");
}

TEST(CanaryLogs, ALongLogIsReadOnFromWhereItWasCut) {
  Logs logs;
  std::string much = line("03:04:06Z", "ERROR", request("a"));
  while (much.size() < kMostLogBytes) much += line("03:04:07Z", "INFO", request("b"));
  const Window window = logs.hear(much, "");
  EXPECT_TRUE(window.logsRead);
  EXPECT_EQ(window.canary.counts.logged, 1U);
  EXPECT_EQ(logs.notes.marks["new"], kBeganToLog + 2 * kSecond);
}

TEST(CanaryLogs, OneThatCannotBeCaughtUpWithIsNoProof) {
  Logs far;
  std::string much;
  while (much.size() < kMostLogBytes) much += line("03:04:07Z", "INFO", request("b"));
  EXPECT_FALSE(far.hear(much, "", 60).logsRead) << "a minute behind";
  EXPECT_EQ(far.notes.marks["new"], kBeganToLog + 60 * kSecond);
  Logs dense;
  dense.notes.marks["new"] = kBeganToLog + 2 * kSecond;
  EXPECT_FALSE(dense.hear(much, "").logsRead) << "more in a second than is read";
  EXPECT_THAT(dense.notes.problem, HasSubstr("pod new logs more than is read"));
}

TEST(CanaryLogs, ACanaryThatWritesErrorsWithoutARequestIsNotJudgedByItsLog) {
  Logs logs;
  logs.isBaseline = true;
  EXPECT_FALSE(logs.hear(line("03:04:06Z", "ERROR", request("a")), "").logsRead);
  logs.isBaseline = false;
  EXPECT_FALSE(logs.hear("", "").logsRead);
  EXPECT_THAT(logs.notes.problem, HasSubstr("the canary wrote errors before it had a request"));
}

TEST(CanaryLogs, PodsOfTheComponentThatRunAreRead) {
  const auto pod = [](const std::string& name, const std::string& revision, const std::string& phase) {
    Json out = kube::newObject(kube::kinds::Pod, {"ns", name});
    out["metadata"]["labels"] = {{std::string(kServiceLabel), "alpha"},
                                 {std::string(kComponentLabel), "api"},
                                 {std::string(kRevisionLabel), revision}};
    out["spec"]["containers"] = Json::array({{{"name", "main"}}, {{"name", "beside"}}});
    out["status"]["phase"] = phase;
    return out;
  };
  Json canary = kube::newObject(kube::kinds::Deployment, {"ns", "d"});
  canary["metadata"]["labels"][std::string(kRevisionLabel)] = "r2";
  const auto logs = logsToRead({pod("a", "r1", "Running"), pod("b", "r2", "Running"), pod("c", "r2", "Pending")},
                               canary, "alpha/api");
  ASSERT_EQ(logs.size(), 2U);
  EXPECT_FALSE(logs[0].isCanary);
  EXPECT_TRUE(logs[1].isCanary);
  EXPECT_EQ(logs[1].container, "main");
  EXPECT_THAT(logsToRead({pod("a", "r1", "Running")}, canary, "beta/api"), IsEmpty());
}

}  // namespace
}  // namespace windlass::ops
