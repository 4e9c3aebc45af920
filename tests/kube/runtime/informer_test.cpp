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
    ASSERT_TRUE(eventually([&] { return server.openWatches() > 0; }));
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
      const ObjectPtr stored = informer().get(key);
      consistent = consistent && stored && *stored == *event.object &&
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

TEST_F(InformerTest, P12_EachHandlerHearsOfAKeyInOrder) {
  std::mutex own;
  std::vector<int> values;
  informer().addHandler([&](const InformerEvent& event) {
    const std::lock_guard lock(own);
    values.push_back(std::stoi(stringAt(*event.object, "/data/value")));
  });
  server.create(kinds::ConfigMap, configMap("a", "0"));
  startSynced();
  for (int i = 1; i <= 100; ++i)
    server.patch(kinds::ConfigMap, {"ns", "a"}, PatchType::Merge, {{"data", {{"value", std::to_string(i)}}}});
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(own);
    return values.size() == 101U;
  }));
  EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
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

TEST_F(InformerTest, P13_AHandlerThatAskedForResyncsHearsOfUnchangedObjects) {
  std::atomic<int> resyncs{0};
  informer().addHandler(recorder());
  informer().addHandler([&](const InformerEvent& event) { resyncs += event.isResync ? 1 : 0; }, std::chrono::hours(1));
  server.create(kinds::ConfigMap, configMap("a"));
  startSynced();
  server.compact();
  server.closeWatches(false);
  ASSERT_TRUE(eventually([&] { return resyncs == 1; }));
  EXPECT_EQ(count(Type::Update), 0U);
}

TEST_F(InformerTest, P13_EachHandlerHasItsOwnResync) {
  testing_support::FakeClock clock;
  ObjectInformer own(server, kinds::ConfigMap, {}, clock);
  std::atomic<int> asked{0}, silent{0};
  server.create(kinds::ConfigMap, configMap("a"));
  own.addHandler([&](const InformerEvent& event) { asked += event.isResync ? 1 : 0; }, std::chrono::seconds(30));
  own.addHandler([&](const InformerEvent& event) { silent += event.isResync ? 1 : 0; });
  own.start();
  ASSERT_TRUE(eventually([&] { return own.hasSynced(); }));
  clock.advance(std::chrono::seconds(30));
  EXPECT_TRUE(eventually([&] { return asked == 1; }));
  own.stop();
  EXPECT_EQ(silent, 0);
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

TEST_F(InformerTest, P14_SecretsConfigMapsAndPodsCanBeHeldAsMetadataOnly) {
  for (const ResourceKind& kind : {kinds::Secret, kinds::ConfigMap, kinds::Pod}) {
    InformerOptions options;
    options.metadataOnly = true;
    Json object = newObject(kind, {"ns", "a"});
    object["metadata"]["labels"] = {{"kept", "yes"}};
    object["data"] = object["spec"] = {{"large", "and secret"}};
    ASSERT_TRUE(server.create(kind, object));
    ObjectInformer light(server, kind, options, systemClock(), quick());
    light.start();
    ASSERT_TRUE(eventually([&] { return light.hasSynced(); }));
    const ObjectPtr held = light.get({"ns", "a"});
    EXPECT_EQ(kindOf(*held), kind.kind);
    EXPECT_EQ(labelOf(*held, "kept"), "yes");
    EXPECT_FALSE(held->contains("data") || held->contains("spec"));
    ASSERT_TRUE(server.patch(kind, {"ns", "a"}, PatchType::Merge, {{"data", {{"more", "secrets"}}}}));
    ASSERT_TRUE(eventually([&] { return resourceVersionOf(*light.get({"ns", "a"})) != resourceVersionOf(*held); }));
    EXPECT_FALSE(light.get({"ns", "a"})->contains("data"));
    light.stop();
  }
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

TEST_F(InformerTest, P09_AStreamedListFillsTheStoreAtOnceAndItsStreamGoesOn) {
  server.create(kinds::ConfigMap, configMap("a"));
  server.create(kinds::ConfigMap, configMap("b"));
  InformerOptions options;
  options.streamedList = true;
  informer(options).addHandler(recorder());
  informer().start();
  ASSERT_TRUE(eventually([&] { return informer().hasSynced(); }));
  EXPECT_EQ(count(Type::Add), 2U);
  server.create(kinds::ConfigMap, configMap("c"));
  ASSERT_TRUE(eventually([&] { return count(Type::Add) == 3U; }));
  EXPECT_EQ(verbCount("list"), 0U);
  EXPECT_EQ(verbCount("watch"), 1U);
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

TEST_F(InformerTest, F07_DeleteAndRecreateWhileDisconnectedAppearsAsAnUpdateWithAnotherUid) {
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
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(9));  // it looks up by itself after 10
  server.setFaultInjector([](const FakeRequest&) -> std::optional<Error> {
    return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
  });
  testing_support::FakeClock clock;  // no delay ever ends by itself
  ObjectInformer waiting(server, kinds::Secret, {}, clock);
  waiting.start();
  ASSERT_TRUE(eventually([&] { return !waiting.trouble().empty(); }));
  clock.awaitWaiters(1);
  waiting.stop();
  EXPECT_FALSE(waiting.hasSynced());
}

}  // namespace
}  // namespace windlass::kube::informer_test
