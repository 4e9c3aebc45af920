#pragma once
// YAML read as JSON, with the line of every value. Only the plain part of YAML that data needs: one document, no
// anchors, aliases or tags, no duplicate keys; at most 1 MiB, 20000 values, 40 levels.
#include <map>
#include <string>

#include "operator/model/decode.h"

namespace windlass::ops {

struct YamlDocument {
  std::string file;                  // for messages
  Json value;                        // plain scalars are null, booleans, numbers or texts (YAML 1.2 core schema)
  std::map<std::string, int> lines;  // FieldPath::shown -> line, from 1

  // "file:line: " of the path, or of its nearest parent that has a line.
  std::string where(const std::string& path) const;
};

// Decode with "file:line: why" when the text is not such a document.
Result<YamlDocument> parseYaml(const std::string& text, const std::string& file);

// All errors of a decoded document, each with file and line, one a line.
Status locate(const DecodeContext& context, const YamlDocument& document);

}  // namespace windlass::ops
