#include <algorithm>
#include <mutex>

#include <gtest/gtest.h>

#include "fake_clock.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/object_informer.h"

namespace windlass::kube::informer_test {
namespace {

using testing_support::eventually;
using Type = InformerEvent::Type;

Json configMap(const std::string& name, const std::string& value = "1") {
  Json object = newObject(kinds::ConfigMap, {"ns", name});
  object["data"]["value"] = value;
  return object;
}

// Backoffs of a test last milliseconds.
ReflectorOptions quick() {
  ReflectorOptions options;
  options.backoff.initial = options.backoff.max = std::chrono::milliseconds(5);
  options.backoff.jitter = 0;
  return options;
}

class InformerTest : public testing::Test {
 protected:
  ObjectInformer& informer(InformerOptions options = {}) {
    if (!informer_)
      informer_ =
          std::make_unique<ObjectInformer>(server, kinds::ConfigMap, std::move(options), systemClock(), quick());
    return *informer_;
  }
  InformerHandler recorder() {
    return [this](const InformerEvent& event) {
      const std::lock_guard lock(mutex);
      events.push_back(event);
    };
  }
  std::size_t count(Type type) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.type == type; }));
  }
  void startSynced() {
    informer().start();
    ASSERT_TRUE(eventually([&] { return informer().hasSynced(); }));
    ASSERT_TRUE(eventually([&] { return verbCount("watch") > 0; }));
  }
  std::size_t verbCount(const std::string& verb) const {
    const auto all = server.requests();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& r) { return r.verb == verb; }));
  }
  FakeApiServer server;
  std::mutex mutex;
  std::vector<InformerEvent> events;
  std::unique_ptr<ObjectInformer> informer_;
};

TEST_F(InformerTest, P12_TheStoreAndItsIndicesAreUpdatedBeforeHandlersRun) {
  informer().addIndex("value",
                      [](const Json& object) { return std::vector<std::string>{stringAt(object, "/data/value")}; });
  std::atomic<bool> consistent{true};
  informer().addHandler([&](const InformerEvent& event) {
    const ObjectKey key = keyOf(*event.object);
    if (event.type == Type::Delete) {
      consistent = consistent && !informer().get(key);
    } else {
      consistent = consistent && informer().get(key) == event.object &&
                   !informer().byIndex("value", stringAt(*event.object, "/data/value")).empty();
    }
  });
  informer().addHandler(recorder());
  server.create(kinds::ConfigMap, configMap("a"));
  startSynced();
  server.patch(kinds::ConfigMap, {"ns", "a"}, PatchType::Merge, {{"data", {{"value", "2"}}}});
  ASSERT_TRUE(server.remove(kinds::ConfigMap, {"ns", "a"}));
  ASSERT_TRUE(eventually([&] { return count(Type::Delete) == 1; }));
  EXPECT_TRUE(consistent);
  EXPECT_EQ(count(Type::Update), 1U);
}

TEST_F(InformerTest, P12_ALateHandlerGetsEverythingAsAdds) {
  server.create(kinds::ConfigMap, configMap("a"));
  server.create(kinds::ConfigMap, configMap("b"));
  startSynced();
  informer().addHandler(recorder());
  EXPECT_EQ(count(Type::Add), 2U);
  EXPECT_TRUE(events.front().isInInitialList);
}

TEST_F(InformerTest, P03_WhatVanishedWhileDisconnectedIsADeleteOfUnknownFinalState) {
  informer().addHandler(recorder());
  server.create(kinds::ConfigMap, configMap("a"));
  server.create(kinds::ConfigMap, configMap("b"));
  startSynced();
  server.setFaultInjector([](const FakeRequest& request) -> std::optional<Error> {
    if (request.verb != "watch") return std::nullopt;
    return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
  });
  server.closeWatches(true);
  ASSERT_TRUE(eventually([&] { return verbCount("watch") >= 2; }));
  ASSERT_TRUE(server.remove(kinds::ConfigMap, {"ns", "a"}));
  server.compact();  // the watch cannot tell any more
  server.setFaultInjector(nullptr);
  ASSERT_TRUE(eventually([&] { return count(Type::Delete) == 1; }));
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const auto& e) { return e.finalStateUnknown; }));
  EXPECT_FALSE(informer().get({"ns", "a"}));
  EXPECT_TRUE(informer().get({"ns", "b"}));
}

TEST_F(InformerTest, P13_UnchangedObjectsAfterARelistAreNoNews) {
  informer().addHandler(recorder());
  server.create(kinds::ConfigMap, configMap("a"));
  startSynced();
  server.compact();
  server.closeWatches(false);
  ASSERT_TRUE(eventually([&] { return verbCount("list") == 2 && verbCount("watch") >= 3; }));
  server.create(kinds::ConfigMap, configMap("b"));
  ASSERT_TRUE(eventually([&] { return count(Type::Add) == 2; }));
  EXPECT_EQ(count(Type::Update), 0U);
}

TEST_F(InformerTest, P13_ResyncsComeToThoseWhoAsked) {
  InformerOptions options;
  options.resync = std::chrono::seconds(1);
  server.create(kinds::ConfigMap, configMap("a"));
  informer(options).addHandler(recorder());
  startSynced();
  ASSERT_TRUE(eventually([&] { return count(Type::Update) >= 1; }));
  EXPECT_TRUE(events.back().isResync);
}

TEST_F(InformerTest, P14_ProjectionsRunBeforeStoring) {
  InformerOptions options;
  options.projection = [](Json& object) { object.erase("data"); };
  ApplyOptions apply;
  apply.fieldManager = "test";
  server.apply(kinds::ConfigMap, configMap("a"), apply);
  informer(options);
  startSynced();
  const ObjectPtr stored = informer().get({"ns", "a"});
  ASSERT_TRUE(stored);
  EXPECT_FALSE(stored->contains("data"));
  EXPECT_FALSE(stored->at("metadata").contains("managedFields"));
}

TEST_F(InformerTest, P14_MetadataOnlyKeepsTheKind) {
  InformerOptions options;
  options.metadataOnly = true;
  server.create(kinds::ConfigMap, configMap("a"));
  informer(options);
  startSynced();
  EXPECT_EQ(kindOf(*informer().get({"ns", "a"})), "ConfigMap");
  EXPECT_FALSE(informer().get({"ns", "a"})->contains("data"));
}

TEST_F(InformerTest, P15_IsSyncedOnlyWhenTheFirstListWasDelivered) {
  server.setFaultInjector([](const FakeRequest&) -> std::optional<Error> {
    return Error{ErrorKind::Forbidden, "configmaps is forbidden", 403, std::nullopt, nullptr};
  });
  informer().start();
  ASSERT_TRUE(eventually([&] { return verbCount("list") >= 3; }));  // goes on trying
  EXPECT_FALSE(informer().hasSynced());
  EXPECT_NE(informer().trouble().find("forbidden"), std::string::npos);
  server.setFaultInjector(nullptr);
  EXPECT_TRUE(eventually([&] { return informer().hasSynced(); }));
  EXPECT_EQ(informer().trouble(), "");
}

TEST_F(InformerTest, P11_GarbageInTheStreamDoesNotEndIt) {
  informer().addHandler(recorder());
  startSynced();
  server.injectIntoWatches(kinds::ConfigMap, fail(ErrorKind::Decode, "garbage line"));
  server.injectIntoWatches(kinds::ConfigMap, std::optional(WatchEvent{WatchEventType::Added, Json::array()}));
  server.create(kinds::ConfigMap, configMap("a"));
  ASSERT_TRUE(eventually([&] { return count(Type::Add) == 1; }));
  EXPECT_EQ(verbCount("watch"), 1U);
}

TEST_F(InformerTest, DeleteAndRecreateWhileDisconnectedAppearsAsAnUpdateWithAnotherUid) {
  informer().addHandler(recorder());
  server.create(kinds::ConfigMap, configMap("a"));
  startSynced();
  server.setFaultInjector([](const FakeRequest& request) -> std::optional<Error> {
    if (request.verb != "watch") return std::nullopt;
    return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
  });
  server.closeWatches(true);
  ASSERT_TRUE(eventually([&] { return verbCount("watch") >= 2; }));
  ASSERT_TRUE(server.remove(kinds::ConfigMap, {"ns", "a"}));
  server.create(kinds::ConfigMap, configMap("a"));
  server.compact();
  server.setFaultInjector(nullptr);
  ASSERT_TRUE(eventually([&] { return count(Type::Update) == 1; }));
  EXPECT_NE(uidOf(*events.back().old), uidOf(*events.back().object));
}

TEST_F(InformerTest, StopsAtOnceWhileItWatchesAndWhileItBacksOff) {
  startSynced();
  const auto begin = std::chrono::steady_clock::now();
  informer().stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500));
  server.setFaultInjector([](const FakeRequest&) -> std::optional<Error> {
    return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
  });
  ObjectInformer waiting(server, kinds::Secret, {});
  waiting.start();
  ASSERT_TRUE(eventually([&] { return !waiting.trouble().empty(); }));
  const auto again = std::chrono::steady_clock::now();
  waiting.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - again, std::chrono::milliseconds(500));
}

}  // namespace
}  // namespace windlass::kube::informer_test
