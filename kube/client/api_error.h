#pragma once
// What the API server's refusals mean. Pure.
// Source: k8s.io/apimachinery pkg/api/errors/errors.go (NewGenericServerResponse) and metav1.Status.
#include <chrono>
#include <string>

#include "kube/object/json.h"
#include "kube/object/result.h"
#include "kube/transport/http.h"

namespace windlass::kube {

// A metav1.Status as an Error: by reason first, then by code. Also used for the ERROR events of a watch.
Error errorFromStatus(const Json& status, int httpStatus);
// For a response of 300 and above. `what` is put in front of the message: "get Pod a/b". Bodies that are no Status are
// quoted up to 2 KiB.
Error errorFromResponse(const std::string& what, const HttpResponse& response,
                        std::chrono::system_clock::time_point now);

// The server has not seen this resourceVersion (yet, or any more: its data went back).
// Source: apiserver storage/errors.go, NewTooLargeResourceVersionError.
bool isTooLargeResourceVersion(const Error& error);

}  // namespace windlass::kube
