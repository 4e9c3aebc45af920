#pragma once
// Reads the fields of one JSON object strictly. Each getter marks its field as known; finish() reports the first
// unknown one. The first error sticks and names its path, so a decoder reads top to bottom without branches.
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::vm {

class Fields {
 public:
  // `object` must outlive this. `path` is how errors name it: "spec.cpu".
  Fields(const kube::Json& object, std::string path);

  std::string text(const char* name, std::string fallback, std::size_t maxLength = 4096);
  std::string requiredText(const char* name, std::size_t maxLength = 4096);
  std::int64_t integer(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max);
  std::int64_t requiredInteger(const char* name, std::int64_t min, std::int64_t max);
  // The index of the value in `values`; `fallback` when absent.
  int oneOf(const char* name, std::initializer_list<std::string_view> values, int fallback);
  // The member itself when present and of that type, else nullptr.
  const kube::Json* object(const char* name);
  const kube::Json* array(const char* name);
  bool has(const char* name) const;

  std::string pathOf(std::string_view name) const;
  void fail(std::string_view name, std::string why);
  // Takes over the error of a nested decoder.
  void adopt(const kube::Status& nested);
  // Success, the first error, or an error about a field that no getter asked for.
  kube::Status finish();

 private:
  const kube::Json* member(const char* name);

  const kube::Json& object_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
  std::optional<kube::Error> error_;
};

}  // namespace windlass::vm
