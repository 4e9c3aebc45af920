// Watches: events, bookmarks, WatchList, expiry, cancellation.
#include <thread>

#include "api_fixture.h"
#include "etcd_compaction.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WatchApiTest : public ApiTest {
 protected:
  WatchOptions inNamespace(const std::string& resourceVersion) const {
    WatchOptions options;
    options.ns = ns();
    options.resourceVersion = resourceVersion;
    return options;
  }
  std::string listedVersion() {
    ListOptions options;
    options.ns = ns();
    const auto page = client().list(kinds::ConfigMap, options);
    EXPECT_TRUE(page.has_value());
    return page ? page->resourceVersion : "";
  }
};

TEST_F(WatchApiTest, ChangesComeInOrder) {
  const auto watch = client().watch(kinds::ConfigMap, inNamespace(listedVersion()));
  ASSERT_OK(watch);
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a", {{"k", "1"}})));
  ASSERT_OK(client().patch(kinds::ConfigMap, key("a"), PatchType::Merge, {{"data", {{"k", "2"}}}}));
  ASSERT_OK(client().remove(kinds::ConfigMap, key("a")));
  for (const auto type : {WatchEventType::Added, WatchEventType::Modified, WatchEventType::Deleted}) {
    const auto event = (*watch)->next(seconds(10));
    ASSERT_OK(event);
    ASSERT_TRUE(event->has_value());
    EXPECT_EQ((*event)->type, type);
    EXPECT_EQ(nameOf((*event)->object), "a");
  }
}

TEST_F(WatchApiTest, ASilentWatchTimesOutAndStaysOpen) {
  const auto watch = client().watch(kinds::ConfigMap, inNamespace(listedVersion()));
  ASSERT_OK(watch);
  const auto nothing = (*watch)->next(milliseconds(100));
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().kind, ErrorKind::Timeout);
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a")));
  const auto event = (*watch)->next(seconds(10));
  ASSERT_OK(event);
  EXPECT_TRUE(event->has_value());
}

TEST_F(WatchApiTest, P04_TheServerEndsAWatchAtItsTimeout) {
  WatchOptions options = inNamespace(listedVersion());
  options.timeout = seconds(1);
  options.allowBookmarks = false;
  const auto watch = client().watch(kinds::ConfigMap, options);
  ASSERT_OK(watch);
  const auto end = (*watch)->next(seconds(5));
  ASSERT_OK(end);
  EXPECT_FALSE(end->has_value());
}

TEST_F(WatchApiTest, P05_AWatchBehindTheHistoryIsExpired) {
  // Without a cache (apiserver.py) the server asks etcd, which has forgotten.
  const ResourceKind uncached{"", "v1", "PodTemplate", "podtemplates", true};
  const std::string old = listedVersion();
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a")));
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("b")));
  ASSERT_OK(compactEtcd());
  const auto watch = client().watch(uncached, inNamespace(old));
  if (!watch) {
    EXPECT_EQ(watch.error().kind, ErrorKind::Expired) << watch.error().toString();
    return;
  }
  const auto event = (*watch)->next(seconds(10));
  ASSERT_OK(event);
  ASSERT_TRUE(event->has_value());
  EXPECT_EQ((*event)->type, WatchEventType::Error);
  EXPECT_EQ(stringAt((*event)->object, "/reason"), "Expired") << (*event)->object.dump();
}

TEST_F(WatchApiTest, P09_AWatchListSendsTheStateAndThenItsEndBookmark) {
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a")));
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("b")));
  WatchOptions options = inNamespace("");
  options.sendInitialEvents = true;
  const auto watch = client().watch(kinds::ConfigMap, options);
  ASSERT_OK(watch);
  std::vector<std::string> names;
  for (;;) {
    const auto event = (*watch)->next(seconds(10));
    ASSERT_OK(event);
    ASSERT_TRUE(event->has_value());
    if ((*event)->type == WatchEventType::Bookmark) {
      EXPECT_EQ(annotationOf((*event)->object, "k8s.io/initial-events-end"), "true");
      EXPECT_FALSE(resourceVersionOf((*event)->object).empty());
      break;
    }
    names.push_back(nameOf((*event)->object));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
}

TEST_F(WatchApiTest, P14_MetadataOnlyWatchesCarryNoData) {
  WatchOptions options = inNamespace(listedVersion());
  options.metadataOnly = true;
  const auto watch = client().watch(kinds::ConfigMap, options);
  ASSERT_OK(watch);
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a", {{"k", "v"}})));
  const auto event = (*watch)->next(seconds(10));
  ASSERT_OK(event);
  ASSERT_TRUE(event->has_value());
  EXPECT_EQ(nameOf((*event)->object), "a");
  EXPECT_FALSE((*event)->object.contains("data"));
}

TEST_F(WatchApiTest, CancelEndsABlockedNext) {
  const auto watch = client().watch(kinds::ConfigMap, inNamespace(listedVersion()));
  ASSERT_OK(watch);
  std::thread canceller([&watch] {
    std::this_thread::sleep_for(milliseconds(50));
    (*watch)->cancel();
  });
  const auto event = (*watch)->next(seconds(30));
  canceller.join();
  ASSERT_FALSE(event.has_value());
  EXPECT_EQ(event.error().kind, ErrorKind::Cancelled);
}

TEST_F(WatchApiTest, ABacklogLargerThanTheBufferArrivesWhole) {
  const std::string from = listedVersion();
  const auto watch = client().watch(kinds::ConfigMap, inNamespace(from));
  ASSERT_OK(watch);
  const std::string text(900U * 1000U, 'x');
  for (int i = 0; i < 8; ++i)
    ASSERT_OK(client().create(kinds::ConfigMap, configMap("big" + std::to_string(i), {{"text", text}})));
  // Nobody has read so far: the transfer is paused and must go on when somebody does.
  for (int i = 0; i < 8; ++i) {
    const auto event = (*watch)->next(seconds(20));
    ASSERT_OK(event);
    ASSERT_TRUE(event->has_value());
    EXPECT_EQ(nameOf((*event)->object), "big" + std::to_string(i));
    EXPECT_EQ(stringAt((*event)->object, "/data/text").size(), text.size());
  }
}

}  // namespace
}  // namespace windlass::kube
