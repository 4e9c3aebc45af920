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

// What one definition can be checked for alone: the names it uses exist in it.
void checkDefinition(const ServiceDefinition& definition, DecodeContext& context);
// What needs the whole catalog.
void checkNeeds(const Catalog& catalog, const ServiceDefinition& definition, DecodeContext& context);
void checkRelease(const Catalog& catalog, const Release& release, DecodeContext& context);

// A name of data: a DNS label short enough to be part of object names.
std::string dataName(ObjectReader& reader, std::string_view field, bool required);
std::string absolutePath(ObjectReader& reader, std::string_view field);

}  // namespace windlass::ops
