// Config files and layers.
#include <algorithm>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxSections = 200;
constexpr std::size_t kMaxEntries = 500;

bool oneLine(const std::string& text) {
  return text.size() <= 4096 && std::none_of(text.begin(), text.end(),
                                             [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::vector<std::string> decodeValue(const Json& value, const FieldPath& path, DecodeContext& context) {
  std::vector<std::string> out;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    const std::optional<std::string> text = item.is_null() ? std::optional<std::string>("") : scalarText(item);
    if (!text || !oneLine(*text)) {
      context.add(path.shown, "must be one line of text, a number, true or false, or a list of these");
      return out;
    }
    out.push_back(*text);
  }
  return out;
}

// Entries are written as a list of one-key maps where order matters, else as a map (sorted by key).
std::vector<ConfigEntry> decodeEntries(ObjectReader& reader) {
  std::vector<ConfigEntry> entries;
  const Json* value = reader.take("entries");
  if (value == nullptr) return entries;
  const FieldPath path = reader.path().field("entries");
  DecodeContext& context = reader.context();
  const auto add = [&](const std::string& key, const Json& entry, const FieldPath& where) {
    if (key.empty() || !oneLine(key)) return context.add(where.shown, "is no option name");
    entries.push_back({key, decodeValue(entry, where, context)});
  };
  if (value->size() > kMaxEntries) {
    context.add(path.shown, "has more than " + std::to_string(kMaxEntries) + " entries");
  } else if (value->is_object()) {
    for (const auto& [key, entry] : value->items()) add(key, entry, path.key(key));
  } else if (value->is_array()) {
    for (std::size_t i = 0; i < value->size(); ++i) {
      const Json& item = (*value)[i];
      if (!item.is_object() || item.size() != 1) {
        context.add(path.item(i).shown, "must be one key: value");
      } else {
        add(item.begin().key(), item.begin().value(), path.item(i));
      }
    }
  } else {
    context.add(path.shown, "must be key: value entries, or a list of such");
  }
  return entries;
}

}  // namespace

ConfigFile decodeConfigFile(const std::string& name, ObjectReader& reader) {
  ConfigFile file;
  file.name = name;
  if (name.find('/') != std::string::npos) reader.context().add(reader.path().shown, "is no file name");
  file.path = absolutePath(reader, "path");
  file.format = reader.choice("format", {"ini", "properties", "directives"}, true);
  reader.objectList("sections", kMaxSections, [&](ObjectReader& fields) {
    ConfigSection section;
    section.name = fields.text("name", {.maxLength = 128});
    section.forEach = fields.choice("forEach", {"", "api"});
    section.entries = decodeEntries(fields);
    file.sections.push_back(std::move(section));
  });
  file.knownSections = reader.texts("knownSections", kMaxSections, 128);
  return file;
}

ConfigLayer decodeLayer(ObjectReader& reader, std::string_view field) {
  ConfigLayer layer;
  reader.map(field, kMaxSections, [&](const std::string& section, const Json& keys, const FieldPath& path) {
    if (!keys.is_object()) return reader.context().add(path.shown, "must hold entries of key: value");
    for (const auto& [key, value] : keys.items())
      layer[section][key] = decodeValue(value, path.key(key), reader.context());
  });
  return layer;
}

}  // namespace windlass::ops
