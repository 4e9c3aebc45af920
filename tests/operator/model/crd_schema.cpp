#include "crd_schema.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "operator/catalog/yaml_document.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops::test {

Json crdSchema(const std::string& plural) {
  std::ifstream stream(sourcePath("crds/") + plural + ".yaml");
  std::ostringstream text;
  text << stream.rdbuf();
  const auto document = parseYaml(text.str(), plural);
  if (!document) {
    ADD_FAILURE() << document.error().toString();
    return Json::object();
  }
  return document->value.at("/spec/versions/0/schema/openAPIV3Schema"_json_pointer);
}

void collect(const Json& schema, const std::string& path, std::set<std::string>& out) {
  const Json fields = schema.value("properties", Json::object());
  for (const auto& [name, field] : fields.items()) {
    out.insert(path + "." + name);
    collect(field, path + "." + name, out);
  }
  if (schema.contains("items")) collect(schema.at("items"), path + "[]", out);
  if (schema.contains("additionalProperties") && schema.at("additionalProperties").is_object()) {
    collect(schema.at("additionalProperties"), path + ".*", out);
  }
}

Json exampleOf(const Json& schema) {
  if (schema.contains("default")) return schema.at("default");
  if (schema.contains("enum")) return schema.at("enum").back();
  // Only hashes have a pattern with a fixed length; for other texts anything will do.
  const std::string pattern = schema.value("pattern", "");
  if (pattern.starts_with("^sha256:")) return "sha256:" + std::string(64, '0');
  const std::string type = schema.value("type", "");
  if (type == "integer") return schema.value("minimum", 1);
  if (type == "boolean") return true;
  if (type == "array") return Json::array({exampleOf(schema.at("items"))});
  if (type == "object") {
    Json out = Json::object();
    const Json fields = schema.value("properties", Json::object());
    for (const auto& [name, field] : fields.items()) out[name] = exampleOf(field);
    if (schema.contains("additionalProperties")) out["alpha"] = exampleOf(schema.at("additionalProperties"));
    return out;
  }
  return "1";
}

void expectDescriptions(const Json& root) {
  std::vector<std::pair<std::string, Json>> open = {{"", root}};
  while (!open.empty()) {
    const auto [path, schema] = open.back();
    open.pop_back();
    const Json fields = schema.value("properties", Json::object());
    for (const auto& [name, field] : fields.items()) {
      if (path.empty() && name == "metadata") continue;
      EXPECT_FALSE(field.value("description", "").empty()) << path << "." << name;
      open.emplace_back(path + "." + name, field);
    }
    if (schema.contains("items")) open.emplace_back(path + "[]", schema.at("items"));
    if (schema.contains("additionalProperties")) open.emplace_back(path + ".*", schema.at("additionalProperties"));
  }
}

void expectBounds(const Json& root) {
  std::vector<std::pair<std::string, Json>> open = {{"spec", root.at("/properties/spec"_json_pointer)}};
  while (!open.empty()) {
    const auto [path, schema] = open.back();
    open.pop_back();
    if (schema.contains("additionalProperties")) {
      EXPECT_TRUE(schema.contains("maxProperties")) << path;
      open.emplace_back(path + ".*", schema.at("additionalProperties"));
    }
    if (schema.contains("items")) {
      EXPECT_TRUE(schema.contains("maxItems")) << path;
      open.emplace_back(path + "[]", schema.at("items"));
    }
    const Json fields = schema.value("properties", Json::object());
    for (const auto& [name, field] : fields.items()) open.emplace_back(path + "." + name, field);
  }
}

}  // namespace windlass::ops::test
