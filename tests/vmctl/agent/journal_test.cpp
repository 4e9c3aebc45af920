#include "vmctl/agent/journal.h"

#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "tests/vmctl/agent/temporary_directory.h"

namespace windlass::vm {
namespace {

JournalEntry fullEntry() {
  JournalEntry entry;
  entry.identity = {"ns", "web", "vm-uid", 7, "web-pod", "pod-uid"};
  entry.stage = Stage::Stopping;
  entry.acceleration = Acceleration::Kvm;
  entry.network =
      GuestNetwork{"52:54:00:00:00:01", {"10.0.0.7/24"}, {{"0.0.0.0/0", "10.0.0.1"}}, 1450, {"10.96.0.10"}, {"svc"}};
  entry.images = {"aa", "bb"};
  entry.bootedAt = kube::TimePoint{std::chrono::seconds{100}};
  entry.runningReported = true;
  entry.stopRequestedAt = kube::TimePoint{std::chrono::seconds{200}};
  entry.graceSeconds = 28;
  entry.timesAsked = 2;
  entry.forcedOff = true;
  entry.end = GuestEnd{11, "forced", kube::TimePoint{std::chrono::seconds{230}}};
  entry.endReported = true;
  return entry;
}

TEST(Journal, GivesBackAfterARestartWhatWasPut) {
  const TemporaryDirectory world;
  ASSERT_TRUE((*Journal::open(world.path))->put(fullEntry()));
  const auto again = Journal::open(world.path);
  ASSERT_TRUE(again) << again.error().toString();
  const auto entry = (*again)->find("vm-uid");
  ASSERT_TRUE(entry);
  EXPECT_EQ(toJson(*entry), toJson(fullEntry()));
  EXPECT_EQ(entry->network, fullEntry().network);
  EXPECT_TRUE((*again)->findByPod({"ns", "web-pod"}));
  EXPECT_FALSE((*again)->findByPod({"other", "web-pod"}));
}

TEST(Journal, ForgetsWithEverythingInTheDirectory) {
  const TemporaryDirectory world;
  const auto journal = *Journal::open(world.path);
  ASSERT_TRUE(journal->put(fullEntry()));
  std::ofstream(journal->directoryOf("vm-uid") + "/disk.qcow2") << "x";
  ASSERT_TRUE(journal->erase("vm-uid"));
  EXPECT_TRUE(journal->all().empty());
  EXPECT_TRUE(std::filesystem::is_empty(world.path));
}

TEST(Journal, ATimeNoClockReachesIsReadAsTheFarthestThereIs) {
  kube::Json json = toJson(fullEntry());
  json["bootedAt"] = std::numeric_limits<std::int64_t>::max();
  const auto entry = journalEntryFromJson(json);
  ASSERT_TRUE(entry);
  EXPECT_GT(entry->bootedAt, kube::parseTime("2262-01-01T00:00:00Z"));
}

TEST(Journal, SetsADamagedFileAside) {
  const TemporaryDirectory world;
  std::filesystem::create_directory(world.path + "/vm-uid");
  for (const char* text : {"{\"version\": 1", "{\"version\": 2}", "{\"version\": 1, \"stage\": \"Dreaming\"}"}) {
    std::ofstream(world.path + "/vm-uid/journal.json") << text;
    const auto journal = Journal::open(world.path);
    ASSERT_TRUE(journal);
    EXPECT_TRUE((*journal)->all().empty()) << text;
    EXPECT_TRUE(std::filesystem::exists(world.path + "/vm-uid/journal.json.damaged")) << text;
  }
}

}  // namespace
}  // namespace windlass::vm
