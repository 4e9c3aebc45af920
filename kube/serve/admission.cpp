#include "kube/serve/admission.h"

#include <exception>

#include "kube/object/base64.h"
#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr auto kAdmissionVersion = "admission.k8s.io/v1";
constexpr auto kConversionVersion = "apiextensions.k8s.io/v1";

Result<Json> requestOf(const Json& review, const char* apiVersion, const char* kind) {
  if (stringAt(review, "/apiVersion") != apiVersion || stringAt(review, "/kind") != kind)
    return fail(ErrorKind::BadRequest, std::string("the body is no ") + apiVersion + " " + kind);
  const Json* request = find(review, "/request");
  if (!request || !request->is_object() || stringAt(*request, "/uid").empty())
    return fail(ErrorKind::BadRequest, std::string("the ") + kind + " has no request with a uid");
  return *request;
}

AdmissionAnswer ask(const Admission& admission, const Json& request) {
  try {
    return admission(request);
  } catch (const std::exception& e) {
    return AdmissionAnswer::deny(std::string("the webhook failed: ") + e.what(), 500);
  }
}

Result<Json> convertAll(const Json& request, const Conversion& conversion) {
  const std::string wanted = stringAt(request, "/desiredAPIVersion");
  const Json* objects = find(request, "/objects");
  if (wanted.empty() || !objects || !objects->is_array())
    return fail(ErrorKind::BadRequest, "the request has no desiredAPIVersion or no objects");
  Json converted = Json::array();
  for (const Json& object : *objects) {
    if (stringAt(object, "/apiVersion") == wanted) {
      converted.push_back(object);
      continue;
    }
    auto result = conversion(object, wanted);
    if (!result) return wrap("cannot convert " + keyOf(object).toString() + " to " + wanted, std::move(result).error());
    converted.push_back(std::move(*result));
  }
  return converted;
}

}  // namespace

AdmissionAnswer AdmissionAnswer::deny(std::string message, int code) {
  AdmissionAnswer answer;
  answer.allowed = false;
  answer.message = std::move(message);
  answer.code = code;
  return answer;
}

Result<Json> reviewAdmission(const Json& review, const Admission& admission, bool mutating) {
  WINDLASS_TRY_ASSIGN(const Json request, requestOf(review, kAdmissionVersion, "AdmissionReview"));
  const AdmissionAnswer answer = ask(admission, request);
  Json response{{"uid", request.at("uid")}, {"allowed", answer.allowed}};
  if (!answer.allowed) response["status"] = {{"message", answer.message}, {"code", answer.code}};
  if (!answer.warnings.empty()) response["warnings"] = answer.warnings;
  if (mutating && answer.allowed && !answer.patch.empty()) {
    response["patchType"] = "JSONPatch";
    response["patch"] = base64Encode(answer.patch.dump());
  }
  return Json{{"apiVersion", kAdmissionVersion}, {"kind", "AdmissionReview"}, {"response", std::move(response)}};
}

Result<Json> reviewConversion(const Json& review, const Conversion& conversion) {
  WINDLASS_TRY_ASSIGN(const Json request, requestOf(review, kConversionVersion, "ConversionReview"));
  Json response{{"uid", request.at("uid")}};
  auto converted = [&]() -> Result<Json> {
    try {
      return convertAll(request, conversion);
    } catch (const std::exception& e) {
      return fail(ErrorKind::Internal, std::string("the conversion failed: ") + e.what());
    }
  }();
  if (converted) {
    response["convertedObjects"] = std::move(*converted);
    response["result"] = {{"status", "Success"}};
  } else {
    response["result"] = {{"status", "Failure"}, {"message", converted.error().toString()}};
  }
  return Json{{"apiVersion", kConversionVersion}, {"kind", "ConversionReview"}, {"response", std::move(response)}};
}

}  // namespace windlass::kube
