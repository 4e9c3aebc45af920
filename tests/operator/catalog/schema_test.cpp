// The published JSON Schemas: all data validates, and they know the same fields as the decoder.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "operator/catalog/decode_parts.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops {
namespace {

namespace fs = std::filesystem;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

std::string textOf(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

const fs::path kSource = sourcePath();
const Json& serviceSchema() {
  static const Json schema = Json::parse(textOf(kSource / "charts/openstack/schema/service.schema.json"));
  return schema;
}
const Json& releaseSchema() {
  static const Json schema = Json::parse(textOf(kSource / "upgrades/schema/release.schema.json"));
  return schema;
}

const Json& upgradeSchema(const std::string& name) {
  static std::map<std::string, Json> read;
  Json& schema = read[name];
  if (schema.is_null()) schema = Json::parse(textOf(kSource / "upgrades/schema" / (name + ".schema.json")));
  return schema;
}

// "" when valid, else what the validator says.
std::string complaintOf(const Json& schemaJson, const Json& value) {
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(Adapter(schemaJson), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, Adapter(value), &results)) return "";
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& part : error.context) text += part;
    text += ": " + error.description + "\n";
  }
  return text;
}

std::vector<fs::path> definitionFiles() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kSource / "charts/openstack")) {
    if (fs::exists(entry.path() / "service.yaml")) out.push_back(entry.path() / "service.yaml");
  }
  return out;
}

std::vector<fs::path> upgradeFiles(const std::string& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kSource / "upgrades" / folder)) out.push_back(entry.path());
  return out;
}

std::vector<fs::path> releaseFiles() {
  return upgradeFiles("releases");
}

void collect(const Json& root, const Json& schema, const std::string& path, std::set<std::string>& out) {
  if (schema.contains("$ref")) {
    const auto& name = schema.at("$ref").get_ref<const std::string&>();
    return collect(root, root.at(Json::json_pointer(name.substr(1))), path, out);
  }
  const Json fields = schema.value("properties", Json::object());
  for (const auto& [name, field] : fields.items()) {
    const std::string inner = path.empty() ? name : path + "." + name;
    out.insert(inner);
    collect(root, field, inner, out);
  }
  if (schema.contains("items") && schema.at("items").is_object()) collect(root, schema.at("items"), path + "[]", out);
  if (schema.contains("additionalProperties") && schema.at("additionalProperties").is_object()) {
    collect(root, schema.at("additionalProperties"), path + ".*", out);
  }
}

// The published fields of a schema are those its decoder asks for.
template <class Decode>
void expectSameFields(const Json& schema, Decode decode) {
  const YamlDocument empty{.file = "f", .value = Json::object(), .lines = {}};
  std::set<std::string> decoded, published;
  static_cast<void>(decode(empty, &decoded));
  collect(schema, schema, "", published);
  EXPECT_EQ(decoded, published);
}

TEST(DataSchema, EveryDefinitionIsValid) {
  ASSERT_FALSE(definitionFiles().empty());
  for (const fs::path& file : definitionFiles()) {
    const auto document = parseYaml(textOf(file), file.string());
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(complaintOf(serviceSchema(), document->value), "") << file;
  }
}

TEST(DataSchema, EveryReleaseIsValid) {
  ASSERT_FALSE(releaseFiles().empty());
  for (const fs::path& file : releaseFiles()) {
    const auto document = parseYaml(textOf(file), file.string());
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(complaintOf(releaseSchema(), document->value), "") << file;
  }
}

TEST(DataSchema, EverySequenceHopAndTheDefaultsAreValid) {
  std::vector<std::pair<std::string, fs::path>> all = {{"defaults", kSource / "upgrades/defaults.yaml"}};
  for (const fs::path& file : upgradeFiles("sequences")) all.emplace_back("sequence", file);
  for (const fs::path& file : upgradeFiles("hops")) all.emplace_back("hop", file);
  for (const auto& [schema, file] : all) {
    const auto document = parseYaml(textOf(file), file.string());
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(complaintOf(upgradeSchema(schema), document->value), "") << file;
  }
}

TEST(DataSchema, TheDecoderKnowsTheFieldsOfTheSchemaAndNoOthers) {
  expectSameFields(serviceSchema(), decodeDefinitionDocument);
  expectSameFields(releaseSchema(), decodeReleaseDocument);
  expectSameFields(upgradeSchema("sequence"), decodeSequenceDocument);
  expectSameFields(upgradeSchema("hop"), decodeHopDocument);
  expectSameFields(upgradeSchema("defaults"), decodeDefaultsDocument);
}

// Every field of every definition, removed or replaced by nonsense: schema and decoder never crash, and what the schema
// refuses for its shape the decoder refuses with a line.
TEST(DataSchema, BrokenCopiesAreRefusedByTheDecoderWithFileAndLine) {
  for (const fs::path& file : definitionFiles()) {
    const auto document = parseYaml(textOf(file), "service.yaml");
    ASSERT_TRUE(document);
    const Json flat = document->value.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      YamlDocument broken = *document;
      broken.value[Json::json_pointer(pointer)] = Json::array({Json::array({Json::object()})});
      const auto decoded = decodeDefinitionDocument(broken);
      ASSERT_FALSE(decoded) << file << " " << pointer;
      EXPECT_EQ(decoded.error().message.rfind("service.yaml:", 0), 0U) << decoded.error().message;
    }
    for (const auto& [name, value] : document->value.items()) {
      YamlDocument extra = *document;
      extra.value[name + "x"] = 1;
      EXPECT_FALSE(decodeDefinitionDocument(extra)) << name;
      EXPECT_NE(complaintOf(serviceSchema(), extra.value), "") << name;
    }
  }
}

}  // namespace
}  // namespace windlass::ops
