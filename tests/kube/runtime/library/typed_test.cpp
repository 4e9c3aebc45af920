#include "kube/runtime/typed.h"

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"

namespace windlass::kube::typed_test {
namespace {

struct WidgetSpec {
  int size = 0;
  std::string color;
};

void from_json(const Json& json, WidgetSpec& spec) {
  json.at("size").get_to(spec.size);
  spec.color = json.value("color", "grey");
}

const ResourceKind kWidget{"example.org", "v1", "Widget", "widgets", true};

Json widget(const std::string& name, const Json& spec) {
  Json object = newObject(kWidget, {"ns", name});
  object["spec"] = spec;
  return object;
}

// An informer that holds what it is given.
class HeldObjects : public Informer {
 public:
  explicit HeldObjects(std::vector<Json> objects) {
    for (Json& object : objects) objects_.push_back(std::make_shared<const Json>(std::move(object)));
  }
  const ResourceKind& kind() const override { return kWidget; }
  ObjectPtr get(const ObjectKey& key) const override {
    for (const ObjectPtr& object : objects_)
      if (keyOf(*object) == key) return object;
    return nullptr;
  }
  std::vector<ObjectPtr> list() const override { return objects_; }
  std::vector<ObjectPtr> listNamespace(const std::string&) const override { return objects_; }
  std::vector<ObjectPtr> byIndex(const std::string&, const std::string&) const override { return objects_; }
  void addIndex(const std::string&, IndexFunction) override {}
  void addHandler(InformerHandler, std::optional<std::chrono::seconds>) override {}
  bool hasSynced() const override { return true; }

 private:
  std::vector<ObjectPtr> objects_;
};

TEST(TypedView, GivesTheStructAndTheWholeObject) {
  const HeldObjects informer(std::vector<Json>{widget("a", {{"size", 3}, {"unknown", "kept"}})});
  const TypedView<WidgetSpec> widgets(informer, decodeField<WidgetSpec>("/spec"));
  const auto found = widgets.get({"ns", "a"});
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->value.size, 3);
  EXPECT_EQ((*found)->value.color, "grey");
  EXPECT_EQ(stringAt(*(*found)->raw, "/spec/unknown"), "kept");
}

TEST(TypedView, WhatIsNotThereIsNoError) {
  const HeldObjects informer(std::vector<Json>{});
  const TypedView<WidgetSpec> widgets(informer, decodeField<WidgetSpec>("/spec"));
  const auto found = widgets.get({"ns", "a"});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->has_value());
}

TEST(TypedView, AMistypedFieldIsATerminalErrorThatNamesTheObject) {
  const HeldObjects informer(std::vector<Json>{widget("a", {{"size", "big"}})});
  const TypedView<WidgetSpec> widgets(informer, decodeField<WidgetSpec>("/spec"));
  const auto found = widgets.get({"ns", "a"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::Invalid);
  EXPECT_FALSE(found.error().retryable());
  EXPECT_NE(found.error().message.find("Widget ns/a: /spec"), std::string::npos) << found.error().message;
}

TEST(TypedView, OneBrokenObjectDoesNotHideTheOthers) {
  const HeldObjects informer(
      std::vector<Json>{widget("a", {{"size", 1}}), widget("b", nullptr), widget("c", {{"size", 2}})});
  const auto all = TypedView<WidgetSpec>(informer, decodeField<WidgetSpec>("/spec")).list();
  ASSERT_EQ(all.objects.size(), 2U);
  EXPECT_EQ(all.objects[1].value.size, 2);
  EXPECT_EQ(all.errors.size(), 1U);
}

TEST(TypedGet, ReadsFreshFromTheServer) {
  FakeApiServer server;
  ASSERT_TRUE(server.create(kWidget, widget("a", {{"size", 7}})));
  const auto found = typedGet<WidgetSpec>(server, kWidget, {"ns", "a"}, decodeField<WidgetSpec>("/spec"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->value.size, 7);
  EXPECT_EQ(typedGet<WidgetSpec>(server, kWidget, {"ns", "b"}, decodeField<WidgetSpec>("/spec")).error().kind,
            ErrorKind::NotFound);
}

}  // namespace
}  // namespace windlass::kube::typed_test
