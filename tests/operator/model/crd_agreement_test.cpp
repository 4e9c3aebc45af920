// crds/openstackclouds.yaml and the decoder know the same fields.
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "operator/catalog/yaml_document.h"
#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

void decodeCloudSpec(const Json& value, DecodeContext& context, OpenStackCloudSpec& spec);

namespace {

Json crdSchema() {
  std::ifstream stream(WINDLASS_SOURCE_DIR "/crds/openstackclouds.yaml");
  std::ostringstream text;
  text << stream.rdbuf();
  const auto document = parseYaml(text.str(), "crds/openstackclouds.yaml");
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

// A value that satisfies the schema of a field, with every property set.
Json exampleOf(const Json& schema) {
  if (schema.contains("default")) return schema.at("default");
  if (schema.contains("enum")) return schema.at("enum").back();
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

TEST(CrdAgreement, EveryFieldOfTheSchemaIsDecodedAndTheOtherWayRound) {
  const Json spec = crdSchema().at("/properties/spec"_json_pointer);
  std::set<std::string> schema;
  collect(spec, "spec", schema);
  Json example = exampleOf(spec);
  example["gateway"]["service"]["type"] = "NodePort";
  std::set<std::string> decoded;
  DecodeContext context{.errors = {}, .trace = &decoded};
  OpenStackCloudSpec ignored;
  decodeCloudSpec(example, context, ignored);
  EXPECT_EQ(decoded, schema);
  for (const FieldError& error : context.errors) {
    EXPECT_NE(error.message.find("both embedded and external"), std::string::npos)
        << error.path << ": " << error.message;
  }
}

TEST(CrdAgreement, EveryFieldHasADescription) {
  std::vector<std::pair<std::string, Json>> open = {{"", crdSchema()}};
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

TEST(CrdAgreement, EveryMapAndListIsBounded) {
  std::vector<std::pair<std::string, Json>> open = {{"spec", crdSchema().at("/properties/spec"_json_pointer)}};
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

TEST(CrdAgreement, TheStatusWeWriteIsInTheSchema) {
  const Json schema = crdSchema().at("/properties/status/properties"_json_pointer);
  OpenStackCloudStatus status;
  status.release = "r";
  status.waitingFor = "w";
  status.endpoints["a"] = "b";
  status.services["a"] = {1, 1, "r"};
  const Json encoded = encodeStatus(status);
  for (const auto& [name, value] : encoded.items()) EXPECT_TRUE(schema.contains(name)) << name;
}

}  // namespace
}  // namespace windlass::ops
