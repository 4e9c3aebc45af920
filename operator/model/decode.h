#pragma once
// Strict decoding of JSON into plain structs: every field is asked for by name, whatever was not asked for is an error
// with its path and the nearest known name. All errors of a document are collected (at most 20), none throws.
//
// Used for our own kinds and, with line numbers added by the caller, for the data in charts/ and upgrades/.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::ops {

using kube::Json;
using kube::Result;
using kube::Status;

struct FieldError {
  std::string path;     // "spec.services.x.replicas"
  std::string message;  // "must be a whole number from 1 to 9"
};

// Collects errors; shared by all readers of one document. Not thread-safe.
struct DecodeContext {
  std::vector<FieldError> errors;
  // When set: every field asked for, with "*" for map keys and "[]" for list items. A test compares it with the CRD.
  std::set<std::string>* trace = nullptr;

  void add(std::string path, std::string message);
  // Ok, or Invalid with all errors as "path: message; path: message".
  Status status() const;
};

struct TextRule {
  bool required = false;
  std::size_t maxLength = 253;
  std::string fallback = {};
};

// Where a value stands: in the document, and in the schema.
struct FieldPath {
  std::string shown;
  std::string schema;

  FieldPath field(std::string_view name) const;
  FieldPath key(std::string_view name) const;  // of a map with free keys
  FieldPath item(std::size_t index) const;
};

// Reads one JSON object. finish() (or the destructor) reports the fields nobody asked for.
class ObjectReader {
 public:
  ObjectReader(const Json& value, FieldPath path, DecodeContext& context);
  ~ObjectReader();
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  const FieldPath& path() const { return path_; }
  DecodeContext& context() { return context_; }
  void error(std::string_view field, std::string message);
  bool has(std::string_view field) const;

  // The raw value, nullptr when absent (or null); marks the field as known.
  const Json* take(std::string_view field);
  std::string text(std::string_view field, const TextRule& rule = {});
  // One of `choices`; the first is the fallback unless `required`.
  std::string choice(std::string_view field, const std::vector<std::string>& choices, bool required = false);
  std::optional<int> integer(std::string_view field, int min, int max);
  std::optional<bool> flag(std::string_view field);
  std::vector<std::string> texts(std::string_view field, std::size_t maxItems, std::size_t maxLength = 253);
  std::map<std::string, std::string> textMap(std::string_view field, std::size_t maxItems, std::size_t maxLength = 253);

  // Calls `body` when the field is present and an object.
  bool object(std::string_view field, const std::function<void(ObjectReader&)>& body);
  void objectList(std::string_view field, std::size_t maxItems, const std::function<void(ObjectReader&)>& body);
  // A map with free keys: body gets key, value and path of the value.
  void map(std::string_view field, std::size_t maxItems,
           const std::function<void(const std::string&, const Json&, const FieldPath&)>& body);
  void objectMap(std::string_view field, std::size_t maxItems,
                 const std::function<void(const std::string&, ObjectReader&)>& body);
  void finish();

 private:
  // Shows the trace the fields of what is absent.
  void traceInside(const FieldPath& path, const std::function<void(ObjectReader&)>& body);

  const Json& value_;
  FieldPath path_;
  DecodeContext& context_;
  std::set<std::string, std::less<>> known_;
  bool finished_ = false;
};

// The candidate nearest to `word` when it is near enough to be a slip of the pen, else "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
// ", did you mean x?" or ", known are a, b, c" (at most 12 names).
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);
// For messages: control characters replaced, at most 64 bytes.
std::string inQuotes(std::string_view text);
// "[a-z]([-a-z0-9]*[a-z0-9])?", at most `maxLength`.
bool isDnsLabel(std::string_view text, std::size_t maxLength = 63);

// The text of a scalar as it stands in a config file: true, 12, 0.5, "text". nullopt for null, lists and objects.
std::optional<std::string> scalarText(const Json& value);

}  // namespace windlass::ops
