#pragma once
// RFC 6902 and RFC 7386 read aloud: every step makes a new value, nothing is changed in place.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::fuzz::reference {

using kube::Json;
using Tokens = std::vector<std::string>;
using Maybe = std::optional<Json>;

// RFC 6901 section 3 and 4; nullopt when `pointer` is no pointer.
inline std::optional<Tokens> tokensOf(const std::string& pointer) {
  Tokens tokens;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (tokens.empty()) {
      return std::nullopt;
    } else if (pointer[i] != '~') {
      tokens.back() += pointer[i];
    } else if (i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      tokens.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return tokens;
}

// Digits without leading zeros, at most `max`.
inline std::optional<std::size_t> indexOf(const std::string& token, std::size_t max) {
  for (std::size_t i = 0; i <= max; ++i)
    if (std::to_string(i) == token) return i;
  return std::nullopt;
}

inline Maybe valueAt(const Json& value, const Tokens& tokens, std::size_t at = 0) {
  if (at == tokens.size()) return value;
  if (value.is_object() && value.contains(tokens[at])) return valueAt(value.at(tokens[at]), tokens, at + 1);
  if (!value.is_array() || value.empty()) return std::nullopt;
  const auto index = indexOf(tokens[at], value.size() - 1);
  return index ? valueAt(value.at(*index), tokens, at + 1) : std::nullopt;
}

// `value` with what stands at tokens[at..] replaced by what `change` makes of its parent and the last token.
inline Maybe rebuilt(const Json& value, const Tokens& tokens,
                     const std::function<Maybe(const Json& parent, const std::string& last)>& change,
                     std::size_t at = 0) {
  if (at + 1 == tokens.size()) return change(value, tokens[at]);
  const Maybe child = valueAt(value, {tokens[at]});
  const Maybe changed = child ? rebuilt(*child, tokens, change, at + 1) : std::nullopt;
  if (!changed) return std::nullopt;
  Json copy = value;
  if (copy.is_object())
    copy[tokens[at]] = *changed;
  else
    copy[*indexOf(tokens[at], copy.size())] = *changed;
  return copy;
}

inline Maybe added(const Json& document, const Tokens& tokens, const Json& value) {
  if (tokens.empty()) return value;
  return rebuilt(document, tokens, [&](const Json& parent, const std::string& last) -> Maybe {
    Json copy = parent;
    if (copy.is_object()) {
      copy[last] = value;
      return copy;
    }
    if (!copy.is_array()) return std::nullopt;
    const auto index = last == "-" ? copy.size() : indexOf(last, copy.size());
    if (!index) return std::nullopt;
    Json grown = Json::array();
    for (std::size_t i = 0; i <= copy.size(); ++i) {
      if (i == *index) grown.push_back(value);
      if (i < copy.size()) grown.push_back(copy.at(i));
    }
    return grown;
  });
}

inline Maybe removed(const Json& document, const Tokens& tokens) {
  if (tokens.empty() || !valueAt(document, tokens)) return std::nullopt;
  return rebuilt(document, tokens, [](const Json& parent, const std::string& last) -> Maybe {
    if (parent.is_object()) {
      Json copy = parent;
      copy.erase(last);
      return copy;
    }
    Json shorter = Json::array();
    for (std::size_t i = 0; i < parent.size(); ++i)
      if (std::to_string(i) != last) shorter.push_back(parent.at(i));
    return shorter;
  });
}

inline Maybe operation(const Json& document, const Json& step) {
  if (!step.is_object()) return std::nullopt;
  const auto text = [&step](const char* name) -> std::optional<std::string> {
    if (!step.contains(name) || !step.at(name).is_string()) return std::nullopt;
    return step.at(name).get<std::string>();
  };
  const auto op = text("op");
  const auto path = text("path") ? tokensOf(*text("path")) : std::nullopt;
  const auto from = text("from") ? tokensOf(*text("from")) : std::nullopt;
  const Maybe value = step.contains("value") ? Maybe(step.at("value")) : std::nullopt;
  if (!op || !path) return std::nullopt;
  if (*op == "add") return value ? added(document, *path, *value) : std::nullopt;
  if (*op == "remove") return removed(document, *path);
  if (*op == "replace") {
    if (!value || !valueAt(document, *path)) return std::nullopt;
    if (path->empty()) return value;
    return added(*removed(document, *path), *path, *value);
  }
  if (*op == "test") return value && valueAt(document, *path) == value ? Maybe(document) : std::nullopt;
  if (*op != "move" && *op != "copy") return std::nullopt;
  const Maybe moved = from ? valueAt(document, *from) : std::nullopt;
  if (!moved) return std::nullopt;
  if (*op == "copy") return added(document, *path, *moved);
  if (*from == *path) return document;
  const Maybe without = removed(document, *from);
  return without ? added(*without, *path, *moved) : std::nullopt;
}

inline Maybe jsonPatch(const Json& document, const Json& patch) {
  if (!patch.is_array()) return std::nullopt;
  Maybe result = document;
  for (const Json& step : patch)
    if (result) result = operation(*result, step);
  return result;
}

inline Json mergePatch(const Json& target, const Json& patch) {
  if (!patch.is_object()) return patch;
  Json result = Json::object();
  if (target.is_object())
    for (const auto& [name, value] : target.items())
      if (!patch.contains(name)) result[name] = value;
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) continue;
    result[name] = mergePatch(target.is_object() && target.contains(name) ? target.at(name) : Json(), value);
  }
  return result;
}

}  // namespace windlass::fuzz::reference
