#include "kube/runtime/projection.h"

#include <algorithm>
#include <atomic>

namespace windlass::kube {
namespace {

using Pointer = Json::json_pointer;

std::string joined(const std::string& name, std::vector<std::string> pointers) {
  std::sort(pointers.begin(), pointers.end());
  std::string text = name;
  for (const std::string& pointer : pointers) text += " " + pointer;
  return text;
}

// A pointer that is none keeps and drops nothing.
std::vector<Pointer> parsed(const std::vector<std::string>& pointers) {
  std::vector<Pointer> all;
  for (const std::string& pointer : pointers) {
    try {
      all.emplace_back(pointer);
    } catch (const Json::exception&) {
      continue;
    }
  }
  return all;
}

// The tokens of `pointer` in order.
std::vector<std::string> tokensOf(Pointer pointer) {
  std::vector<std::string> tokens;
  for (; !pointer.empty(); pointer.pop_back()) tokens.insert(tokens.begin(), pointer.back());
  return tokens;
}

void copyField(const Json& from, Json& to, const std::vector<std::string>& tokens) {
  const Json* source = &from;
  Json* target = &to;
  for (const std::string& token : tokens) {
    if (source->is_array()) break;
    if (!source->is_object() || !source->contains(token)) return;
    source = &source->at(token);
    target = &(*target)[token];
  }
  *target = *source;
}

void dropField(Json& object, std::vector<std::string> tokens) {
  const std::string last = tokens.back();
  tokens.pop_back();
  Json* parent = &object;
  for (const std::string& token : tokens) {
    if (!parent->is_object() || !parent->contains(token)) return;
    parent = &parent->at(token);
  }
  if (parent->is_object()) parent->erase(last);
}

}  // namespace

std::string Projection::uniqueName() {
  static std::atomic<int> made{0};
  return "function " + std::to_string(++made);
}

Projection keepMetadata() {
  return keepFields({});
}

Projection keepFields(std::vector<std::string> pointers) {
  std::string name = joined("keep", pointers);
  return {std::move(name), [kept = parsed(pointers)](Json& object) {
            if (!object.is_object()) return;
            Json projected = Json::object();
            for (const char* always : {"/apiVersion", "/kind", "/metadata"})
              copyField(object, projected, tokensOf(Pointer(always)));
            for (const Pointer& pointer : kept) copyField(object, projected, tokensOf(pointer));
            object = std::move(projected);
          }};
}

Projection dropFields(std::vector<std::string> pointers) {
  std::string name = joined("drop", pointers);
  return {std::move(name), [dropped = parsed(pointers)](Json& object) {
            for (const Pointer& pointer : dropped)
              if (!pointer.empty()) dropField(object, tokensOf(pointer));
          }};
}

}  // namespace windlass::kube
