#include "kube/examples/site_webhook.h"

#include <algorithm>

#include "kube/object/meta.h"

namespace windlass::example {
using namespace kube;  // NOLINT(google-build-using-namespace): an example, read from top to bottom

namespace {

constexpr std::size_t kMaxText = 1000000;
constexpr auto kMadeBy = "example.windlass.dev/made-by";

// A label value: letters, digits, "-", "_" and "." only, at most 63.
std::string labelValue(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '-');
  text = "u" + text.substr(0, 61) + "u";
  return text;
}

}  // namespace

AdmissionAnswer validateSite(const Json& request) {
  const std::string text = stringAt(request, "/object/spec/text");
  if (text.empty()) return AdmissionAnswer::deny("spec.text is empty; write what the page should say");
  if (text.size() > kMaxText) return AdmissionAnswer::deny("spec.text is longer than 1000000 bytes; make two sites");
  AdmissionAnswer answer;
  if (std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c) != 0; }))
    answer.warnings.emplace_back("spec.text has no lower-case letter: it reads as shouting");
  return answer;
}

AdmissionAnswer labelSite(const Json& request) {
  const Json* object = find(request, "/object");
  AdmissionAnswer answer;
  if (!object || !labelOf(*object, kMadeBy).empty()) return answer;
  if (!find(*object, "/metadata/labels"))
    answer.patch.push_back({{"op", "add"}, {"path", "/metadata/labels"}, {"value", Json::object()}});
  answer.patch.push_back({{"op", "add"},
                          {"path", "/metadata/labels/example.windlass.dev~1made-by"},
                          {"value", labelValue(stringAt(request, "/userInfo/username"))}});
  return answer;
}

Result<Json> convertSite(const Json& object, const std::string& apiVersion) {
  const bool toNew = apiVersion == "example.windlass.dev/v1";
  if (!toNew && apiVersion != "example.windlass.dev/v1beta1")
    return fail(ErrorKind::Invalid, "a Site has the versions v1 and v1beta1, not " + apiVersion);
  Json converted = object;
  converted["apiVersion"] = apiVersion;
  const char* const from = toNew ? "content" : "text";
  if (const Json* value = find(object, std::string("/spec/") + from)) {
    converted["spec"].erase(from);
    converted["spec"][toNew ? "text" : "content"] = *value;
  }
  return converted;
}

}  // namespace windlass::example
