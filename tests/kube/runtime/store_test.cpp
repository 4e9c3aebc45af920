#include "kube/runtime/store.h"

#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "kube/object/meta.h"

namespace windlass::kube::store_test {
namespace {

Json object(const std::string& name, const std::string& node) {
  return Json{{"metadata", {{"name", name}, {"namespace", "ns"}}}, {"node", node}};
}
PackedObject packed(const std::string& name, const std::string& node) {
  return PackedObject(object(name, node));
}
ObjectKey key(const std::string& name) {
  return {"ns", name};
}
IndexFunction byNode() {
  return [](const Json& json) { return std::vector<std::string>{json.value("node", "")}; };
}
std::set<std::string> names(const std::vector<ObjectPtr>& objects) {
  std::set<std::string> found;
  for (const ObjectPtr& each : objects) found.insert(nameOf(*each));
  return found;
}

TEST(ObjectStore, P12_IndicesFollowEveryChange) {
  ObjectStore store;
  store.put(key("a"), object("a", "n1"));
  store.addIndex("node", byNode());
  store.put(key("b"), object("b", "n1"));
  EXPECT_EQ(names(store.byIndex("node", "n1")), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(nameOf(*store.put(key("a"), object("a", "n2")).unpack()), "a");
  EXPECT_EQ(names(store.byIndex("node", "n1")), std::set<std::string>{"b"});
  EXPECT_EQ(names(store.byIndex("node", "n2")), std::set<std::string>{"a"});
  store.erase(key("b"));
  EXPECT_TRUE(store.byIndex("node", "n1").empty());
  EXPECT_TRUE(store.byIndex("unknown", "n1").empty());
}

TEST(ObjectStore, P03_ReplaceTellsWhatIsNewChangedAndVanished) {
  ObjectStore store;
  store.addIndex("node", byNode());
  store.put(key("a"), object("a", "n1"));
  store.put(key("b"), object("b", "n1"));
  const auto changes = store.replace({{key("b"), packed("b", "n2")}, {key("c"), packed("c", "n2")}});
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_TRUE(changes[0].before && changes[0].after);
  EXPECT_FALSE(changes[1].before);
  EXPECT_EQ(nameOf(*changes[2].before.unpack()), "a");
  EXPECT_FALSE(changes[2].after);
  EXPECT_EQ(names(store.byIndex("node", "n2")), (std::set<std::string>{"b", "c"}));
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.listNamespace("ns").size(), 2U);
  EXPECT_TRUE(store.listNamespace("other").empty());
}

TEST(ObjectStore, EachVisitsWhatIsThereOneAtATime) {
  ObjectStore store;
  store.put(key("a"), object("a", "n1"));
  store.put(key("b"), object("b", "n2"));
  std::set<std::string> seen;
  store.each([&](const ObjectPtr& visited) {
    seen.insert(nameOf(*visited));
    EXPECT_EQ(visited.use_count(), 1);
    store.erase(key(nameOf(*visited)));  // a visitor may change the store
  });
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(store.size(), 0U);
}

// Each read finds one of two worlds, whole.
TEST(ObjectStore, P03_ReplaceIsOneStepForEveryReader) {
  ObjectStore store;
  store.addIndex("node", byNode());
  const auto world = [](const std::string& node) {
    ObjectStore::Objects objects;
    for (int i = 0; i < 50; ++i) objects[key(node + std::to_string(i))] = packed(node + std::to_string(i), node);
    return objects;
  };
  store.replace(world("n1"));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 60; ++i) store.replace(world(i % 2 == 0 ? "n2" : "n1"));
    done = true;
  });
  std::size_t torn = 0;
  while (!done) {
    const auto all = store.list();
    const std::string node = all.empty() ? "" : all.front()->value("node", "");
    for (const ObjectPtr& each : all) torn += each->value("node", "") == node ? 0U : 1U;
    torn += all.size() == 50U ? 0U : 1U;
    const std::size_t indexed = store.byIndex("node", "n1").size();
    torn += indexed == 0U || indexed == 50U ? 0U : 1U;
  }
  writer.join();
  EXPECT_EQ(torn, 0U);
}

}  // namespace
}  // namespace windlass::kube::store_test
