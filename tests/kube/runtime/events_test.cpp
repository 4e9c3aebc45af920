#include <gtest/gtest.h>

#include "fake_clock.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/event_writer.h"

namespace windlass::kube::events_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;

Occurrence occurrence(const std::string& reason = "Unreachable", const std::string& note = "n") {
  return {kinds::Pod, "v1", "web", "ns", "uid-1", "7", {EventType::Warning, reason, "Connect", note}};
}

class EventSeriesTest : public testing::Test {
 protected:
  std::optional<EventWrite> happens(const Occurrence& what = occurrence()) {
    return series.occurred(what, now, wall + (now - SteadyTime{}));
  }
  EventSeries series{"windlass-operator", "pod-1"};
  SteadyTime now = SteadyTime{} + std::chrono::hours(1);
  TimePoint wall = TimePoint(std::chrono::hours(24 * 365 * 50));
};

TEST_F(EventSeriesTest, P35_TheFirstIsCreatedTheSecondStartsASeriesAtTwo) {
  const auto first = happens();
  ASSERT_TRUE(first && first->verb == EventWrite::Verb::Create);
  EXPECT_EQ(stringAt(first->body, "/reportingController"), "windlass-operator");
  EXPECT_EQ(stringAt(first->body, "/regarding/name"), "web");
  EXPECT_EQ(stringAt(first->body, "/type"), "Warning");
  EXPECT_EQ(namespaceOf(first->body), "ns");
  EXPECT_FALSE(first->body.contains("series"));
  const auto second = happens(occurrence("Unreachable", "another note"));
  ASSERT_TRUE(second && second->verb == EventWrite::Verb::MergePatch);
  EXPECT_EQ(second->key, first->key);
  EXPECT_EQ(intAt(second->body, "/series/count"), 2);
  EXPECT_FALSE(happens());  // only counted
  EXPECT_TRUE(happens(occurrence("Other")));
}

TEST_F(EventSeriesTest, P35_ARunningSeriesIsRefreshedEvery30Minutes) {
  for (int i = 0; i < 12; ++i) {
    happens();
    now += minutes(3);
    const auto writes = series.tick(now, wall);
    EXPECT_EQ(writes.size(), now - SteadyTime{} - std::chrono::hours(1) == minutes(33) ? 1U : 0U) << i;
    if (!writes.empty()) {
      EXPECT_EQ(intAt(writes[0].body, "/series/count"), 11);
    }
  }
}

TEST_F(EventSeriesTest, P35_AQuietSeriesIsFinishedAfterSixMinutesWithItsCount) {
  for (int i = 0; i < 5; ++i) happens();
  EXPECT_TRUE(series.tick(now + minutes(5), wall).empty());
  const auto writes = series.tick(now + minutes(6), wall);
  ASSERT_EQ(writes.size(), 1U);
  EXPECT_EQ(intAt(writes[0].body, "/series/count"), 5);
  EXPECT_EQ(series.size(), 0U);
  now += minutes(7);
  EXPECT_EQ(happens()->verb, EventWrite::Verb::Create);
}

TEST_F(EventSeriesTest, LongNotesAreCutAtACharacter) {
  std::string note;
  for (int i = 0; i < 600; ++i) note += "ü";
  const auto write = happens(occurrence("R", note));
  EXPECT_LE(stringAt(write->body, "/note").size(), 1024U);
  EXPECT_NO_THROW(write->body.dump());
}

TEST_F(EventSeriesTest, EventsOfClusterScopedObjectsGoToDefault) {
  Occurrence node = occurrence();
  node.kind = kinds::Node;
  node.ns = "";
  EXPECT_EQ(happens(node)->key.ns, "default");
}

class EventWriterTest : public testing::Test {
 protected:
  EventWriterTest() { pod = *server->create(kinds::Pod, newObject(kinds::Pod, {"ns", "web"})); }
  void record(const std::string& reason) {
    writer.record(kinds::Pod, pod, {EventType::Normal, reason, "Test", "note"});
  }
  std::size_t events() { return server->list(kinds::Event, {})->items.size(); }
  double dropped() { return metrics.counter("windlass_events_dropped_total", "").value(); }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  Metrics metrics;
  FakeClock clock;
  EventWriter writer{server, "windlass-operator", "pod-1", metrics, clock};
  Json pod;
};

TEST_F(EventWriterTest, P35_EqualEventsAreOneObject) {
  writer.start();
  for (int i = 0; i < 5; ++i) record("Same");
  ASSERT_TRUE(eventually([&] { return writer.queued() == 0 && events() == 1; }));
  record("Other");
  ASSERT_TRUE(eventually([&] { return events() == 2; }));
}

TEST_F(EventWriterTest, P35_TheQueueIsBoundedAndNeverBlocks) {
  for (int i = 0; i < 1100; ++i) record("R" + std::to_string(i));
  EXPECT_EQ(writer.queued(), 1000U);
  EXPECT_EQ(dropped(), 100);
}

TEST_F(EventWriterTest, P35_AWriteIsTriedTwelveTimes) {
  std::atomic<int> tries{0};
  server->setFaultInjector([&](const FakeRequest&) -> std::optional<Error> {
    ++tries;
    return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
  });
  writer.start();
  record("Lost");
  for (int i = 1; i < 12; ++i) {
    ASSERT_TRUE(eventually([&] { return tries == i; }));
    clock.awaitWaiters(1);
    clock.advance(seconds(10));
  }
  ASSERT_TRUE(eventually([&] { return dropped() == 1; }));
  EXPECT_EQ(tries, 12);
}

TEST_F(EventWriterTest, StopWritesWhatIsQueued) {
  for (int i = 0; i < 20; ++i) record("R" + std::to_string(i));
  writer.start();
  writer.stop(seconds(5));
  EXPECT_EQ(events(), 20U);
}

}  // namespace
}  // namespace windlass::kube::events_test
