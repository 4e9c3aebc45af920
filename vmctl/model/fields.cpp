#include "vmctl/model/fields.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace windlass::vm {

using kube::Json;

Fields::Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) fail("", "must be an object");
}

std::string Fields::pathOf(std::string_view name) const {
  if (name.empty()) return path_;
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void Fields::fail(std::string_view name, std::string why) {
  if (error_) return;
  error_ = kube::Error{kube::ErrorKind::Invalid, fmt::format("{}: {}", pathOf(name), why), 0, std::nullopt, nullptr};
}

void Fields::adopt(const kube::Status& nested) {
  if (!nested && !error_) error_ = nested.error();
}

bool Fields::has(const char* name) const {
  if (!object_.is_object()) return false;
  const auto it = object_.find(name);
  return it != object_.end() && !it->is_null();
}

// A JSON null is an absent field, as it is for the API server.
const Json* Fields::member(const char* name) {
  known_.insert(name);
  return has(name) ? &*object_.find(name) : nullptr;
}

std::string Fields::text(const char* name, std::string fallback, std::size_t maxLength) {
  const Json* value = member(name);
  if (value == nullptr) return fallback;
  if (!value->is_string()) {
    fail(name, "must be a string");
    return fallback;
  }
  auto result = value->get<std::string>();
  if (result.size() > maxLength) fail(name, fmt::format("must be at most {} characters long", maxLength));
  return result;
}

std::string Fields::requiredText(const char* name, std::size_t maxLength) {
  auto result = text(name, "", maxLength);
  if (result.empty()) fail(name, "is required");
  return result;
}

std::int64_t Fields::integer(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max) {
  const Json* value = member(name);
  if (value == nullptr) return fallback;
  if (!value->is_number_integer()) {
    fail(name, "must be a whole number");
    return fallback;
  }
  const bool tooBig =
      value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t number = tooBig ? INT64_MAX : value->get<std::int64_t>();
  if (number < min || number > max) fail(name, fmt::format("must be from {} to {}", min, max));
  return number;
}

std::int64_t Fields::requiredInteger(const char* name, std::int64_t min, std::int64_t max) {
  if (!has(name)) fail(name, "is required");
  return integer(name, min, min, max);
}

int Fields::oneOf(const char* name, std::initializer_list<std::string_view> values, int fallback) {
  if (!has(name)) {
    known_.insert(name);
    return fallback;
  }
  const auto value = text(name, "");
  int index = 0;
  for (const auto candidate : values) {
    if (candidate == value) return index;
    ++index;
  }
  fail(name, fmt::format("must be one of {}", fmt::join(std::vector<std::string_view>(values), ", ")));
  return fallback;
}

const Json* Fields::object(const char* name) {
  const Json* value = member(name);
  if (value != nullptr && !value->is_object()) {
    fail(name, "must be an object");
    return nullptr;
  }
  return value;
}

const Json* Fields::array(const char* name) {
  const Json* value = member(name);
  if (value != nullptr && !value->is_array()) {
    fail(name, "must be a list");
    return nullptr;
  }
  return value;
}

kube::Status Fields::finish() {
  if (!error_ && object_.is_object()) {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) {
        fail(key, fmt::format("is not a field; known here: {}", fmt::join(known_, ", ")));
        break;
      }
    }
  }
  if (error_) return kube::fail(*error_);
  return {};
}

}  // namespace windlass::vm
