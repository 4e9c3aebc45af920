// crds/virtualmachines.yaml is the source of truth; the model must know the same fields, bounds, choices and defaults.
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "tests/source_tree/source_tree.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {
namespace {

using kube::Json;

YAML::Node specSchema() {
  const auto crd = YAML::LoadFile(sourcePath("crds/virtualmachines.yaml"));
  return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
}

// A value that satisfies a leaf's pattern, chosen by the name of the field.
std::string textFor(const std::string& field) {
  if (field == "memory") return "128Mi";
  if (field == "path") return "/";
  return "x";
}

Json exampleOf(const YAML::Node& schema, const std::string& field) {
  const auto type = schema["type"].as<std::string>();
  if (schema["enum"]) return schema["enum"][0].as<std::string>();
  if (type == "integer") return schema["minimum"] ? schema["minimum"].as<std::int64_t>() : 1;
  if (type == "string") return textFor(field);
  if (type == "array") return Json::array({exampleOf(schema["items"], field)});
  if (schema["additionalProperties"]) return Json{{"key", "value"}};
  Json object = Json::object();
  for (const auto& property : schema["properties"]) {
    const auto name = property.first.as<std::string>();
    object[name] = exampleOf(property.second, name);
  }
  // The two either-or pairs, which the schema says in CEL.
  if (field == "cloudInit") object.erase("userData");
  if (field == "readinessProbe") object.erase("tcp");
  return object;
}

// Calls visit(pointer, schema) for every leaf with a type of its own.
template <class Visit>
void walk(const YAML::Node& schema, const std::string& pointer, const Visit& visit) {
  visit(pointer, schema);
  if (schema["properties"]) {
    for (const auto& property : schema["properties"]) {
      walk(property.second, pointer + "/" + property.first.as<std::string>(), visit);
    }
  }
  if (schema["items"]) walk(schema["items"], pointer + "/0", visit);
}

Json withValue(Json spec, const std::string& pointer, Json value) {
  if (pointer.starts_with("/readinessProbe/tcp")) {
    spec["readinessProbe"].erase("http");
    spec["readinessProbe"]["tcp"] = {{"port", 1}};
  }
  if (pointer == "/cloudInit/userData") spec["cloudInit"].erase("userDataSecretRef");
  spec[Json::json_pointer(pointer)] = std::move(value);
  return spec;
}

TEST(VirtualMachineCrd, EveryFieldOfTheSchemaIsKnownToTheModel) {
  const auto full = exampleOf(specSchema(), "spec");
  const auto decoded = decodeSpec(full, "web");
  EXPECT_TRUE(decoded) << decoded.error().toString();
  walk(specSchema(), "", [&](const std::string& pointer, const YAML::Node& schema) {
    if (pointer.empty() || schema["properties"]) return;
    const auto value = exampleOf(schema, pointer.substr(pointer.rfind('/') + 1));
    const auto result = decodeSpec(withValue(full, pointer, value), "web");
    EXPECT_TRUE(result) << pointer << ": " << (result ? "" : result.error().message);
  });
}

TEST(VirtualMachineCrd, EveryBoundOfTheSchemaIsTheModelsBound) {
  const auto full = exampleOf(specSchema(), "spec");
  int bounds = 0;
  walk(specSchema(), "", [&](const std::string& pointer, const YAML::Node& schema) {
    for (const auto& [name, step] : {std::pair{"minimum", -1}, std::pair{"maximum", 1}}) {
      if (!schema[name]) continue;
      const auto bound = schema[name].as<std::int64_t>();
      EXPECT_TRUE(decodeSpec(withValue(full, pointer, bound), "web")) << pointer << " refuses its " << name;
      EXPECT_FALSE(decodeSpec(withValue(full, pointer, bound + step), "web")) << pointer << " exceeds its " << name;
      ++bounds;
    }
  });
  EXPECT_GE(bounds, 18);
}

TEST(VirtualMachineCrd, EveryChoiceOfTheSchemaIsTheModelsChoice) {
  const auto full = exampleOf(specSchema(), "spec");
  walk(specSchema(), "", [&](const std::string& pointer, const YAML::Node& schema) {
    if (!schema["enum"]) return;
    for (const auto& choice : schema["enum"]) {
      EXPECT_TRUE(decodeSpec(withValue(full, pointer, choice.as<std::string>()), "web")) << pointer;
    }
    EXPECT_FALSE(decodeSpec(withValue(full, pointer, "Sometimes"), "web")) << pointer;
  });
}

TEST(VirtualMachineCrd, LongTextIsRefusedByBoth) {
  const auto full = exampleOf(specSchema(), "spec");
  walk(specSchema(), "", [&](const std::string& pointer, const YAML::Node& schema) {
    if (!schema["maxLength"] || pointer == "/memory" || pointer == "/sshAuthorizedKeys/0") return;
    const std::string tooLong(schema["maxLength"].as<std::size_t>() + 1, '/');
    EXPECT_FALSE(decodeSpec(withValue(full, pointer, tooLong), "web")) << pointer;
  });
}

TEST(VirtualMachineCrd, EveryDefaultOfTheSchemaIsTheModelsDefault) {
  // The API server fills defaults in; the model must read an object without them as the same value.
  Json bare{{"memory", "128Mi"},
            {"image", {{"reference", "x"}}},
            {"cloudInit", {{"userDataSecretRef", {{"name", "s"}}}}},
            {"readinessProbe", {{"http", {{"port", 80}}}}}};
  Json filled = bare;
  int defaults = 0;
  walk(specSchema(), "", [&](const std::string& pointer, const YAML::Node& schema) {
    if (!schema["default"] || schema["default"].IsMap()) return;
    Json value = schema["type"].as<std::string>() == "integer" ? Json(schema["default"].as<std::int64_t>())
                                                               : Json(schema["default"].as<std::string>());
    filled[Json::json_pointer(pointer)] = std::move(value);
    ++defaults;
  });
  EXPECT_GE(defaults, 12);
  const auto a = decodeSpec(bare, "web");
  const auto b = decodeSpec(filled, "web");
  ASSERT_TRUE(a && b) << (a ? b.error().toString() : a.error().toString());
  EXPECT_TRUE(*a == *b);
}

}  // namespace
}  // namespace windlass::vm
