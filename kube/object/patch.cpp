#include "kube/object/patch.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace windlass::kube {
namespace {

// nlohmann's own patch() adds into parents that do not exist, ignores (or asserts on) an add into a text, and copies
// the whole document for each call; these few functions follow RFC 6902 to the letter.
using Tokens = std::vector<std::string>;

tl::unexpected<Error> noPatch(const std::string& why) {
  return fail(ErrorKind::BadRequest, "not a JSON patch: " + why);
}
tl::unexpected<Error> doesNotApply(const std::string& why) {
  return fail(ErrorKind::Invalid, "the JSON patch does not apply: " + why);
}

// RFC 6901: "" is the whole document, else each token begins with "/"; ~0 is "~" and ~1 is "/".
std::optional<Tokens> parsePointer(const std::string& pointer) {
  Tokens tokens;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '/') {
      tokens.emplace_back();
      continue;
    }
    if (tokens.empty()) return std::nullopt;
    if (c != '~') {
      tokens.back() += c;
      continue;
    }
    const char escaped = ++i < pointer.size() ? pointer[i] : ' ';
    if (escaped != '0' && escaped != '1') return std::nullopt;
    tokens.back() += escaped == '0' ? '~' : '/';
  }
  return tokens;
}

// Digits without a leading zero; at most `max`.
std::optional<std::size_t> parseIndex(const std::string& token, std::size_t max) {
  std::size_t index = 0;
  if (token.empty() || token.front() == '+' || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || index > max) return std::nullopt;
  return index;
}

Json* childOf(Json& value, const std::string& token) {
  if (value.is_object()) {
    const auto found = value.find(token);
    return found == value.end() ? nullptr : &*found;
  }
  if (!value.is_array() || value.empty()) return nullptr;
  const auto index = parseIndex(token, value.size() - 1);
  return index ? &value[*index] : nullptr;
}

// Follows the first `count` tokens.
Json* follow(Json& document, const Tokens& tokens, std::size_t count) {
  Json* value = &document;
  for (std::size_t i = 0; value && i < count; ++i) value = childOf(*value, tokens[i]);
  return value;
}

bool add(Json& document, const Tokens& tokens, Json value) {
  if (tokens.empty()) {
    document = std::move(value);
    return true;
  }
  Json* parent = follow(document, tokens, tokens.size() - 1);
  if (!parent) return false;
  if (parent->is_object()) {
    (*parent)[tokens.back()] = std::move(value);
    return true;
  }
  if (!parent->is_array()) return false;
  const auto index = tokens.back() == "-" ? parent->size() : parseIndex(tokens.back(), parent->size());
  if (!index) return false;
  parent->insert(parent->begin() + static_cast<Json::difference_type>(*index), std::move(value));
  return true;
}

bool remove(Json& document, const Tokens& tokens) {
  if (tokens.empty() || !follow(document, tokens, tokens.size())) return false;
  Json& parent = *follow(document, tokens, tokens.size() - 1);
  if (parent.is_object())
    parent.erase(tokens.back());
  else
    parent.erase(*parseIndex(tokens.back(), parent.size()));
  return true;
}

struct Operation {
  std::string op;
  Tokens path;
  std::optional<Tokens> from;
  const Json* value = nullptr;
  std::string shown;  // for messages
};

Result<Tokens> pointerAt(const Json& step, const char* field) {
  const auto found = step.find(field);
  if (found == step.end() || !found->is_string()) return noPatch(std::string("an operation without ") + field);
  auto tokens = parsePointer(found->get_ref<const std::string&>());
  if (!tokens) return noPatch(std::string(field) + " is not a JSON pointer");
  return std::move(*tokens);
}

Result<Operation> parseOperation(const Json& step) {
  if (!step.is_object()) return noPatch("an operation must be an object");
  const auto op = step.find("op");
  if (op == step.end() || !op->is_string()) return noPatch("an operation without op");
  Operation operation;
  operation.op = op->get<std::string>();
  WINDLASS_TRY_ASSIGN(operation.path, pointerAt(step, "path"));
  operation.shown = operation.op + " " + step.at("path").get<std::string>();
  const bool needsValue = operation.op == "add" || operation.op == "replace" || operation.op == "test";
  const bool needsFrom = operation.op == "move" || operation.op == "copy";
  if (!needsValue && !needsFrom && operation.op != "remove") return noPatch("unknown operation " + operation.op);
  if (needsFrom) {
    WINDLASS_TRY_ASSIGN(operation.from, pointerAt(step, "from"));
  }
  const auto value = step.find("value");
  if (needsValue && value == step.end()) return noPatch(operation.shown + " without a value");
  if (needsValue) operation.value = &*value;
  return operation;
}

bool applyMove(Json& document, const Operation& operation) {
  const Json* source = follow(document, *operation.from, operation.from->size());
  if (!source) return false;
  if (operation.op == "move" && *operation.from == operation.path) return true;
  Json value = *source;
  if (operation.op == "move" && !remove(document, *operation.from)) return false;
  return add(document, operation.path, std::move(value));
}

Status applyOperation(Json& document, const Operation& operation) {
  Json* target = follow(document, operation.path, operation.path.size());
  bool done = false;
  if (operation.op == "add")
    done = add(document, operation.path, *operation.value);
  else if (operation.op == "remove")
    done = remove(document, operation.path);
  else if (operation.op == "move" || operation.op == "copy")
    done = applyMove(document, operation);
  else if (operation.op == "test")
    done = target && *target == *operation.value;
  else if (target) {
    *target = *operation.value;
    done = true;
  }
  if (!done) return doesNotApply(operation.shown + (operation.op == "test" ? " failed" : " names no place there is"));
  return {};
}

}  // namespace

Result<Json> applyJsonPatch(const Json& document, const Json& patch) {
  if (!patch.is_array()) return noPatch("it must be a list of operations");
  Json result = document;
  for (const Json& step : patch) {
    WINDLASS_TRY_ASSIGN(const Operation operation, parseOperation(step));
    WINDLASS_TRY(applyOperation(result, operation));
  }
  return result;
}

Json applyMergePatch(Json document, const Json& patch) {
  document.merge_patch(patch);
  return document;
}

Json mergePatchBetween(const Json& from, const Json& to) {
  if (!from.is_object() || !to.is_object()) return to;
  Json patch = Json::object();
  for (const auto& [key, value] : from.items())
    if (!to.contains(key)) patch[key] = nullptr;
  for (const auto& [key, value] : to.items()) {
    const auto old = from.find(key);
    if (old == from.end())
      patch[key] = value;
    else if (*old != value)
      patch[key] = mergePatchBetween(*old, value);
  }
  return patch;
}

Json cleanForApply(Json object, bool keepStatus) {
  if (!object.is_object()) return object;
  if (!keepStatus) object.erase("status");
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return object;
  for (const char* field : {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"})
    metadata->erase(field);
  return object;
}

}  // namespace windlass::kube
