// The bodies posted to a webhook, by anyone who reaches its port.
#include "kube/object/meta.h"
#include "kube/object/parse.h"
#include "kube/serve/admission.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

AdmissionAnswer labelIt(const Json& request) {
  if (nameOf(request) == "refused") return AdmissionAnswer::deny("no");
  AdmissionAnswer answer;
  answer.patch = addFinalizerPatch(request, "example.org/x");
  return answer;
}

Result<Json> convert(const Json& object, const std::string& apiVersion) {
  if (kindOf(object).empty()) return fail(ErrorKind::Invalid, "no kind");
  Json converted = object;
  converted["apiVersion"] = apiVersion;
  return converted;
}

void checkAdmission(const Json& review, bool mutating) {
  const auto answer = reviewAdmission(review, labelIt, mutating);
  if (!answer) {
    FUZZ_REQUIRE(answer.error().kind == ErrorKind::BadRequest);
    return;
  }
  FUZZ_REQUIRE(stringAt(*answer, "/response/uid") == stringAt(review, "/request/uid"));
  FUZZ_REQUIRE(find(*answer, "/response/allowed")->is_boolean());
  FUZZ_REQUIRE(!answer->dump().empty());
  FUZZ_REQUIRE(mutating || !find(*answer, "/response/patch"));
}

void checkConversion(const Json& review) {
  const auto answer = reviewConversion(review, convert);
  if (!answer) {
    FUZZ_REQUIRE(answer.error().kind == ErrorKind::BadRequest);
    return;
  }
  FUZZ_REQUIRE(stringAt(*answer, "/response/uid") == stringAt(review, "/request/uid"));
  const Json* converted = find(*answer, "/response/convertedObjects");
  FUZZ_REQUIRE((stringAt(*answer, "/response/result/status") == "Success") == (converted != nullptr));
  if (!converted) return;
  FUZZ_REQUIRE(converted->size() == find(review, "/request/objects")->size());
  for (const Json& object : *converted)
    FUZZ_REQUIRE(stringAt(object, "/apiVersion") == stringAt(review, "/request/desiredAPIVersion"));
}

void webhook(std::string_view bytes) {
  const auto review = parseJson(bytes);
  if (!review) return;
  checkAdmission(*review, false);
  checkAdmission(*review, true);
  checkConversion(*review);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(webhook, windlass::fuzz::webhook)
