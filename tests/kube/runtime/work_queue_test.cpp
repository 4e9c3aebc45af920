#include "kube/runtime/work_queue.h"

#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "fake_clock.h"

namespace windlass::kube::work_queue_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;

ObjectKey key(const std::string& name) {
  return {"ns", name};
}

class WorkQueueTest : public testing::Test {
 protected:
  // What get() would hand out now, without blocking.
  std::vector<std::string> takeAll() {
    std::vector<std::string> names;
    queue.shutdown();
    while (const auto next = queue.get()) {
      names.push_back(next->name);
      queue.done(*next);
    }
    return names;
  }
  Metrics metrics;
  FakeClock clock;
  WorkQueue queue{"test", metrics, clock};
};

TEST_F(WorkQueueTest, P16_AKeyAddedTwiceComesOnce) {
  queue.add(key("a"));
  queue.add(key("b"));
  queue.add(key("a"));
  EXPECT_EQ(queue.depth(), 2U);
  EXPECT_EQ(takeAll(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(WorkQueueTest, P16_AnAddWhileProcessingMeansExactlyOneRerun) {
  queue.add(key("a"));
  ASSERT_EQ(queue.get(), key("a"));
  for (int i = 0; i < 3; ++i) queue.add(key("a"));
  EXPECT_EQ(queue.depth(), 0U);
  queue.done(key("a"));
  EXPECT_EQ(queue.depth(), 1U);
  EXPECT_EQ(takeAll(), std::vector<std::string>{"a"});
}

TEST(WorkQueue, P16_NeverTwoWorkersOnOneKey) {
  Metrics metrics;
  WorkQueue queue("test", metrics);
  std::array<std::atomic<int>, 5> inside{};
  std::atomic<int> violations{0};
  std::atomic<int> handled{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (const auto next = queue.get()) {
        auto& counter = inside[static_cast<std::size_t>(next->name[0] - '0')];
        if (counter.fetch_add(1) != 0) ++violations;
        std::this_thread::yield();
        counter.fetch_sub(1);
        ++handled;
        queue.done(*next);
      }
    });
  }
  for (int i = 0; i < 5000; ++i) queue.add(key(std::to_string(i % 5)));
  queue.shutdown();
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(violations, 0);
  EXPECT_GE(handled, 5);
}

TEST_F(WorkQueueTest, P17_AddAfterKeepsTheEarliestTime) {
  queue.addAfter(key("a"), seconds(10));
  queue.addAfter(key("a"), seconds(5));
  queue.addAfter(key("a"), seconds(20));
  EXPECT_EQ(queue.delayed(), 1U);
  std::atomic<bool> came{false};
  std::thread worker([&] { came = queue.get() == key("a"); });
  clock.awaitWaiters(1);
  clock.advance(milliseconds(4999));
  EXPECT_FALSE(came);
  clock.awaitWaiters(1);
  clock.advance(milliseconds(1));
  worker.join();
  EXPECT_TRUE(came);
}

TEST_F(WorkQueueTest, P17_AnAddOvertakesADelay) {
  queue.addAfter(key("a"), seconds(10));
  queue.add(key("a"));
  EXPECT_EQ(queue.delayed(), 0U);
  EXPECT_EQ(queue.depth(), 1U);
}

TEST(KeyRateLimiter, P17_TheLongerOfBackoffAndBucketWins) {
  const SteadyTime start = SteadyTime{} + std::chrono::hours(1);
  KeyRateLimiter limiter;
  EXPECT_EQ(limiter.when(key("a"), start), milliseconds(5));
  EXPECT_EQ(limiter.when(key("a"), start), milliseconds(10));
  EXPECT_EQ(limiter.when(key("a"), start), milliseconds(20));
  EXPECT_EQ(limiter.failures(key("a")), 3);
  for (int i = 0; i < 97; ++i) limiter.when(key(std::to_string(i)), start);
  EXPECT_EQ(limiter.when(key("new"), start), milliseconds(100));  // the bucket of 100 is empty: 10 a second
  limiter.forget(key("a"));
  EXPECT_EQ(limiter.when(key("a"), start + seconds(60)), milliseconds(5));
  for (int i = 0; i < 60; ++i) limiter.when(key("a"), start + std::chrono::hours(i + 1));
  EXPECT_EQ(limiter.when(key("a"), start + std::chrono::hours(100)), seconds(1000));
}

TEST_F(WorkQueueTest, P18_ShutdownHandsOutWhatIsReadyAndTakesNothingNew) {
  queue.add(key("a"));
  queue.addAfter(key("later"), seconds(1));
  queue.shutdown();
  queue.add(key("b"));
  EXPECT_EQ(queue.get(), key("a"));
  EXPECT_FALSE(queue.drained(milliseconds(0)));
  queue.done(key("a"));
  EXPECT_TRUE(queue.drained(milliseconds(0)));
  EXPECT_EQ(queue.get(), std::nullopt);
}

TEST_F(WorkQueueTest, P18_ShutdownWakesEveryWorker) {
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) workers.emplace_back([&] { EXPECT_EQ(queue.get(), std::nullopt); });
  clock.awaitWaiters(3);
  queue.shutdown();
  for (std::thread& worker : workers) worker.join();
}

TEST_F(WorkQueueTest, P18_HighestPriorityAndShortestDelayWinWhenMerged) {
  queue.add(key("low"), kLowPriority);
  queue.add(key("raised"), kLowPriority);
  queue.add(key("normal"));
  queue.add(key("raised"), 5);
  queue.add(key("raised"), kLowPriority);
  EXPECT_EQ(takeAll(), (std::vector<std::string>{"raised", "normal", "low"}));
}

TEST_F(WorkQueueTest, P38_CountsAddsRetriesAndDepth) {
  queue.add(key("a"));
  queue.addRateLimited(key("b"));
  const std::string text = metrics.text();
  for (const char* line : {"workqueue_depth{controller=\"test\",name=\"test\"} 1",
                           "workqueue_adds_total{controller=\"test\",name=\"test\"} 1",
                           "workqueue_retries_total{controller=\"test\",name=\"test\"} 1",
                           "workqueue_queue_duration_seconds_count", "workqueue_work_duration_seconds_count"})
    EXPECT_NE(text.find(line), std::string::npos) << line;
}

TEST_F(WorkQueueTest, P18_DelayedKeysMergeToTheEarliestTimeAndTheHighestPriority) {
  queue.addAfter(key("merged"), seconds(5), kLowPriority);
  queue.addAfter(key("merged"), seconds(10), 5);
  queue.addAfter(key("plain"), seconds(5));
  EXPECT_EQ(queue.delayed(), 2U);
  clock.advance(seconds(5));
  EXPECT_EQ(queue.get(), key("merged"));
  EXPECT_EQ(queue.get(), key("plain"));
  EXPECT_EQ(queue.delayed(), 0U);
}

TEST_F(WorkQueueTest, P18_AKeyThatIsRaisedWhileItIsWorkedOnComesBackRaised) {
  queue.add(key("a"), kLowPriority);
  ASSERT_EQ(queue.get(), key("a"));
  queue.add(key("b"));
  queue.add(key("a"), kLowPriority);
  queue.add(key("a"), 5);
  queue.done(key("a"));
  EXPECT_EQ(queue.get(), key("a"));
}

}  // namespace
}  // namespace windlass::kube::work_queue_test
