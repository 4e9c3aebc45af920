#pragma once
// Decoders of the parts of a definition; private to this room.
#include "operator/catalog/catalog.h"
#include "operator/catalog/yaml_document.h"
#include "operator/model/decode.h"

namespace windlass::ops {

ConfigLayer decodeLayer(ObjectReader& reader, std::string_view field);
ConfigFile decodeConfigFile(const std::string& name, ObjectReader& reader);
SecretDefinition decodeSecret(const std::string& name, ObjectReader& reader);
Component decodeComponent(const std::string& name, ObjectReader& reader);
JobDefinition decodeJob(ObjectReader& reader, bool named);
Resources decodeResources(ObjectReader& reader);
std::vector<EnvironmentVariable> decodeEnvironment(ObjectReader& reader);

Result<ServiceDefinition> decodeDefinitionDocument(const YamlDocument& document,
                                                   std::set<std::string>* trace = nullptr);
Result<Release> decodeReleaseDocument(const YamlDocument& document, std::set<std::string>* trace = nullptr);
Result<Sequence> decodeSequenceDocument(const YamlDocument& document, std::set<std::string>* trace = nullptr);
Result<Hop> decodeHopDocument(const YamlDocument& document, std::set<std::string>* trace = nullptr);
Result<UpgradeDefaults> decodeDefaultsDocument(const YamlDocument& document, std::set<std::string>* trace = nullptr);

// Whose gates: one of a hop names its service, one of the defaults stands in the preflight.
enum class GateOwner { Sequence, Hop, Defaults };
std::vector<GateDefinition> decodeGates(ObjectReader& reader, GateOwner owner);
// The field "name" of a check, schema step, component ...: part of step ids.
std::string upgradeName(ObjectReader& reader);
ExitRules decodeExit(ObjectReader& reader);
std::vector<int> decodeCodes(ObjectReader& reader, std::string_view field);
Texts decodeCommand(ObjectReader& reader, std::string_view field);

// A whole document: the body's errors get file and line.
template <class T>
Result<T> decodeDocument(const YamlDocument& document, std::set<std::string>* trace, void (*body)(ObjectReader&, T&)) {
  T out;
  DecodeContext context{.errors = {}, .trace = trace};
  {
    ObjectReader reader(document.value, {}, context);
    if (document.value.is_object()) body(reader, out);
  }
  if (auto status = locate(context, document); !status) return kube::fail(std::move(status).error());
  return out;
}

// What one definition can be checked for alone: the names it uses exist in it.
void checkDefinition(const ServiceDefinition& definition, DecodeContext& context);
// What needs the whole catalog.
void checkNeeds(const Catalog& catalog, const ServiceDefinition& definition, DecodeContext& context);
void checkRelease(const Catalog& catalog, const Release& release, DecodeContext& context);
void checkSequence(const Catalog& catalog, const Sequence& sequence, DecodeContext& context);
void checkHop(const Catalog& catalog, const Hop& hop, DecodeContext& context);

// A name of data: a DNS label short enough to be part of object names.
std::string dataName(ObjectReader& reader, std::string_view field, bool required);
std::string absolutePath(ObjectReader& reader, std::string_view field);

}  // namespace windlass::ops
