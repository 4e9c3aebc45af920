#include <set>

#include <yaml-cpp/yaml.h>

#include "vmctl/cli/output.h"

namespace windlass::vm::cli {

using kube::Json;

namespace {

// A plain scalar that a YAML 1.1 reader would take for something else than text.
bool needsQuotes(const std::string& text) {
  static const std::set<std::string> Words{"",   "~",   "null", "true", "false", "yes",  "no",
                                           "on", "off", "y",    "n",    ".nan",  ".inf", "-.inf"};
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (Words.contains(lower)) return true;
  return text.find_first_not_of("0123456789+-.eE_:xXobTZ") == std::string::npos;
}

void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object() && !value.empty()) {
    out << YAML::BeginMap;
    for (const auto& [key, member] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
  } else if (value.is_array() && !value.empty()) {
    out << YAML::BeginSeq;
    for (const auto& member : value) emit(out, member);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (text.find('\n') != std::string::npos) {
      out << YAML::Literal << text;
    } else if (needsQuotes(text)) {
      out << YAML::DoubleQuoted << text;
    } else {
      out << text;
    }
  } else if (value.is_null()) {
    out << YAML::Null;
  } else if (value.is_object()) {
    out << YAML::Flow << YAML::BeginMap << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::Flow << YAML::BeginSeq << YAML::EndSeq;
  } else {
    out << value.dump();  // numbers and booleans
  }
}

}  // namespace

std::string asYaml(const Json& value) {
  Json shown = value;
  if (shown.contains("metadata")) shown["metadata"].erase("managedFields");
  YAML::Emitter out;
  emit(out, shown);
  return std::string(out.c_str()) + "\n";
}

}  // namespace windlass::vm::cli
