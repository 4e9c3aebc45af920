#include "operator/model/decode.h"

#include <algorithm>
#include <cctype>

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxErrors = 20;

// Text of a field may not hold what no Kubernetes object, config file or shell should see.
bool isPlainText(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

std::string bounded(std::size_t limit, const char* what) {
  return "has too many " + std::string(what) + ", at most " + std::to_string(limit) + " are allowed";
}

}  // namespace

void DecodeContext::add(std::string path, std::string message) {
  if (errors.size() < kMaxErrors) errors.push_back({std::move(path), std::move(message)});
}

Status DecodeContext::status() const {
  if (errors.empty()) return {};
  std::string text;
  for (const FieldError& error : errors) text += (text.empty() ? "" : "; ") + error.path + ": " + error.message;
  return kube::fail(kube::ErrorKind::Invalid, text);
}

FieldPath FieldPath::field(std::string_view name) const {
  const std::string tail(name);
  return {shown.empty() ? tail : shown + "." + tail, schema.empty() ? tail : schema + "." + tail};
}

FieldPath FieldPath::key(std::string_view name) const {
  const bool simple = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  if (simple && shown.empty()) return {std::string(name), schema + ".*"};
  return {simple ? shown + "." + std::string(name) : shown + "[" + inQuotes(name) + "]", schema + ".*"};
}

FieldPath FieldPath::item(std::size_t index) const {
  return {shown + "[" + std::to_string(index) + "]", schema + "[]"};
}

ObjectReader::ObjectReader(const Json& value, FieldPath path, DecodeContext& context)
    : value_(value), path_(std::move(path)), context_(context) {
  if (!value_.is_object()) {
    context_.add(path_.shown, "must be an object with fields");
    finished_ = true;
  }
}

ObjectReader::~ObjectReader() {
  finish();
}

void ObjectReader::error(std::string_view field, std::string message) {
  context_.add(path_.field(field).shown, std::move(message));
}

bool ObjectReader::has(std::string_view field) const {
  return value_.is_object() && value_.contains(field) && !value_.at(std::string(field)).is_null();
}

const Json* ObjectReader::take(std::string_view field) {
  known_.emplace(field);
  if (context_.trace != nullptr) context_.trace->insert(path_.field(field).schema);
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(field);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

std::string ObjectReader::text(std::string_view field, const TextRule& rule) {
  const Json* value = take(field);
  if (value == nullptr) {
    if (rule.required) error(field, "is missing, a text is needed");
    return rule.fallback;
  }
  if (!value->is_string()) {
    error(field, "must be a text" + std::string(value->is_primitive() ? " (write it in quotes)" : ""));
    return rule.fallback;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > rule.maxLength) {
    error(field, "is longer than " + std::to_string(rule.maxLength) + " bytes");
    return rule.fallback;
  }
  if (!isPlainText(text)) {
    error(field, "holds control characters");
    return rule.fallback;
  }
  if (rule.required && text.empty()) error(field, "must not be empty");
  return text;
}

std::string ObjectReader::choice(std::string_view field, const std::vector<std::string>& choices, bool required) {
  const std::string text = this->text(field, {.required = required, .fallback = required ? "" : choices.front()});
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  if (has(field)) error(field, inQuotes(text) + " is not known" + suggestion(text, choices));
  return choices.front();
}

std::optional<int> ObjectReader::integer(std::string_view field, int min, int max) {
  const Json* value = take(field);
  if (value == nullptr) return std::nullopt;
  const bool fits =
      value->is_number_integer() && (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT32_MAX);
  if (!fits || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
    error(field, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value->get<int>();
}

std::optional<bool> ObjectReader::flag(std::string_view field) {
  const Json* value = take(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) {
    error(field, "must be true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::vector<std::string> ObjectReader::texts(std::string_view field, std::size_t maxItems, std::size_t maxLength) {
  std::vector<std::string> out;
  const Json* value = take(field);
  if (value == nullptr) return out;
  if (!value->is_array()) {
    error(field, "must be a list of texts");
  } else if (value->size() > maxItems) {
    error(field, bounded(maxItems, "items"));
  } else {
    for (const Json& item : *value) {
      if (item.is_string() && item.get_ref<const std::string&>().size() <= maxLength &&
          isPlainText(item.get_ref<const std::string&>())) {
        out.push_back(item.get<std::string>());
      } else {
        context_.add(path_.field(field).item(out.size()).shown,
                     "must be a text of at most " + std::to_string(maxLength) + " bytes");
        break;
      }
    }
  }
  return out;
}

std::map<std::string, std::string> ObjectReader::textMap(std::string_view field, std::size_t maxItems,
                                                         std::size_t maxLength) {
  std::map<std::string, std::string> out;
  map(field, maxItems, [&](const std::string& key, const Json& value, const FieldPath& path) {
    const std::optional<std::string> text = scalarText(value);
    if (!text || text->size() > maxLength || !isPlainText(*text) || !isPlainText(key) || key.size() > 317) {
      context_.add(path.shown, "must be a text of at most " + std::to_string(maxLength) + " bytes");
    } else {
      out[key] = *text;
    }
  });
  return out;
}

void ObjectReader::traceInside(const FieldPath& path, const std::function<void(ObjectReader&)>& body) {
  if (context_.trace == nullptr) return;
  const Json empty = Json::object();
  DecodeContext ignored{.errors = {}, .trace = context_.trace};
  ObjectReader reader(empty, path, ignored);
  body(reader);
}

bool ObjectReader::object(std::string_view field, const std::function<void(ObjectReader&)>& body) {
  const Json* value = take(field);
  if (value == nullptr) {
    traceInside(path_.field(field), body);
    return false;
  }
  ObjectReader reader(*value, path_.field(field), context_);
  if (!value->is_object()) return false;
  body(reader);
  return true;
}

void ObjectReader::objectList(std::string_view field, std::size_t maxItems,
                              const std::function<void(ObjectReader&)>& body) {
  const Json* value = take(field);
  if (value == nullptr) return traceInside(path_.field(field).item(0), body);
  if (!value->is_array()) return error(field, "must be a list");
  if (value->size() > maxItems) return error(field, bounded(maxItems, "items"));
  for (std::size_t i = 0; i < value->size(); ++i) {
    ObjectReader reader((*value)[i], path_.field(field).item(i), context_);
    if ((*value)[i].is_object()) body(reader);
  }
}

void ObjectReader::map(std::string_view field, std::size_t maxItems,
                       const std::function<void(const std::string&, const Json&, const FieldPath&)>& body) {
  const Json* value = take(field);
  if (value == nullptr) return;
  if (!value->is_object()) return error(field, "must be an object with named entries");
  if (value->size() > maxItems) return error(field, bounded(maxItems, "entries"));
  for (const auto& [key, entry] : value->items()) body(key, entry, path_.field(field).key(key));
}

void ObjectReader::objectMap(std::string_view field, std::size_t maxItems,
                             const std::function<void(const std::string&, ObjectReader&)>& body) {
  const Json empty = Json::object();
  if (!has(field)) traceInside(path_.field(field).key("x"), [&](ObjectReader& fields) { body("x", fields); });
  map(field, maxItems, [&](const std::string& key, const Json& value, const FieldPath& path) {
    ObjectReader reader(value.is_null() ? empty : value, path, context_);
    if (value.is_object() || value.is_null()) body(key, reader);
  });
}

void ObjectReader::finish() {
  if (finished_) return;
  finished_ = true;
  const std::vector<std::string> names(known_.begin(), known_.end());
  for (const auto& [key, value] : value_.items()) {
    if (known_.contains(key)) continue;
    context_.add(path_.key(key).shown, "is not a known field" + suggestion(key, names));
  }
}

}  // namespace windlass::ops
