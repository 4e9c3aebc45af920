#pragma once
// Admission and conversion reviews as pure functions: a review comes in, the review to answer with goes out.
// Source: k8s.io/api/admission/v1 (AdmissionReview), apiextensions/v1 (ConversionReview), controller-runtime
// pkg/webhook/admission/http.go.
#include <functional>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::kube {

struct AdmissionAnswer {
  bool allowed = true;
  std::string message;                // for the person who is refused: what, where, what to do
  int code = 403;                     // of the refusal
  std::vector<std::string> warnings;  // shown by kubectl
  Json patch = Json::array();         // RFC 6902, mutating webhooks only

  static AdmissionAnswer allow() { return {}; }
  static AdmissionAnswer deny(std::string message, int code = 403);
};

// Gets /request of the review: operation, kind, namespace, name, object, oldObject, userInfo, dryRun. An exception is a
// refusal with code 500.
using Admission = std::function<AdmissionAnswer(const Json& request)>;
// Converts one object to an apiVersion; its metadata may change in labels and annotations only.
using Conversion = std::function<Result<Json>(const Json& object, const std::string& apiVersion)>;

// BadRequest when `review` is no AdmissionReview v1 with a request and a uid.
Result<Json> reviewAdmission(const Json& review, const Admission& admission, bool mutating);
Result<Json> reviewConversion(const Json& review, const Conversion& conversion);

}  // namespace windlass::kube
