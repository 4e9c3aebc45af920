#include <thread>

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::fake_watch_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Json configMap(const std::string& name, const std::string& label = "") {
  Json object = newObject(kinds::ConfigMap, {"default", name});
  if (!label.empty()) object["metadata"]["labels"] = {{"app", label}};
  return object;
}

WatchOptions from(const std::string& resourceVersion, const std::string& labels = "") {
  WatchOptions options;
  options.resourceVersion = resourceVersion;
  options.labelSelector = labels;
  return options;
}

WatchEvent nextOf(WatchStream& stream) {
  auto event = stream.next(seconds(2));
  EXPECT_TRUE(event && *event) << (event ? "closed" : event.error().toString());
  return event && *event ? **event : WatchEvent{};
}

TEST(FakeWatch, SendsWhatHappenedSinceTheVersionAndThenWhatHappens) {
  FakeApiServer server;
  const Json before = *server.create(kinds::ConfigMap, configMap("a"));
  server.create(kinds::ConfigMap, configMap("b"));
  auto stream = *server.watch(kinds::ConfigMap, from(resourceVersionOf(before)));
  EXPECT_EQ(nameOf(nextOf(*stream).object), "b");
  ASSERT_TRUE(server.remove(kinds::ConfigMap, {"default", "b"}, {}));
  const WatchEvent deleted = nextOf(*stream);
  EXPECT_EQ(deleted.type, WatchEventType::Deleted);
  EXPECT_GT(std::stoull(resourceVersionOf(deleted.object)), std::stoull(resourceVersionOf(before)) + 1);
  EXPECT_EQ(stream->next(milliseconds(1)).error().kind, ErrorKind::Timeout);
}

TEST(FakeWatch, AnObjectThatLeavesTheSelectionIsADelete) {
  FakeApiServer server;
  auto stream = *server.watch(kinds::ConfigMap, from("1000", "app=x"));
  server.create(kinds::ConfigMap, configMap("a"));
  Json labels{{"metadata", {{"labels", {{"app", "x"}}}}}};
  server.patch(kinds::ConfigMap, {"default", "a"}, PatchType::Merge, labels, "");
  EXPECT_EQ(nextOf(*stream).type, WatchEventType::Added);
  labels["metadata"]["labels"]["app"] = "y";
  server.patch(kinds::ConfigMap, {"default", "a"}, PatchType::Merge, labels, "");
  EXPECT_EQ(nextOf(*stream).type, WatchEventType::Deleted);
}

TEST(FakeWatch, InitialEventsEndWithTheirBookmark) {
  FakeApiServer server;
  server.create(kinds::ConfigMap, configMap("a"));
  WatchOptions options;
  options.sendInitialEvents = true;
  auto stream = *server.watch(kinds::ConfigMap, options);
  EXPECT_EQ(nextOf(*stream).type, WatchEventType::Added);
  const WatchEvent bookmark = nextOf(*stream);
  EXPECT_EQ(bookmark.type, WatchEventType::Bookmark);
  EXPECT_EQ(annotationOf(bookmark.object, "k8s.io/initial-events-end"), "true");
}

TEST(FakeWatch, ACompactedVersionIsExpired) {
  FakeApiServer server;
  const Json old = *server.create(kinds::ConfigMap, configMap("a"));
  server.compact();
  auto stream = *server.watch(kinds::ConfigMap, from(resourceVersionOf(old)));
  const WatchEvent event = nextOf(*stream);
  EXPECT_EQ(event.type, WatchEventType::Error);
  EXPECT_EQ(intAt(event.object, "/code"), 410);
  EXPECT_FALSE(*stream->next(seconds(1)));
}

TEST(FakeWatch, ClosesNormallyBreaksAndCancels) {
  FakeApiServer server;
  auto closed = *server.watch(kinds::ConfigMap, {});
  server.closeWatches(false);
  EXPECT_FALSE(*closed->next(seconds(1)));
  auto broken = *server.watch(kinds::ConfigMap, {});
  server.closeWatches(true);
  EXPECT_EQ(broken->next(seconds(1)).error().kind, ErrorKind::Transport);
  auto cancelled = *server.watch(kinds::ConfigMap, {});
  std::thread canceller([&] { cancelled->cancel(); });
  EXPECT_EQ(cancelled->next(seconds(5)).error().kind, ErrorKind::Cancelled);
  canceller.join();
}

TEST(FakeWatch, ClosesWhenItsTimeoutIsOver) {
  FakeApiServer server;
  WatchOptions options;
  options.timeout = seconds(0);
  auto stream = *server.watch(kinds::ConfigMap, options);
  EXPECT_FALSE(*stream->next(seconds(1)));
}

TEST(FakeWatch, DeliversBookmarksAndInjectedFrames) {
  FakeApiServer server;
  auto stream = *server.watch(kinds::ConfigMap, {});
  server.sendBookmarks();
  EXPECT_EQ(nextOf(*stream).type, WatchEventType::Bookmark);
  server.injectIntoWatches(kinds::ConfigMap, fail(ErrorKind::Decode, "garbage"));
  EXPECT_EQ(stream->next(seconds(1)).error().kind, ErrorKind::Decode);
}

}  // namespace
}  // namespace windlass::kube::fake_watch_test
