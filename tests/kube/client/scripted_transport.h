#pragma once
// An HttpTransport that answers from a list and remembers what it was asked.
#include <deque>
#include <mutex>
#include <vector>

#include "kube/transport/http.h"

namespace windlass::kube {

class ScriptedTransport : public HttpTransport {
 public:
  std::deque<Result<HttpResponse>> answers;
  std::vector<HttpRequest> requests;

  void answer(int status, std::string body, Headers headers = {}) {
    answers.emplace_back(HttpResponse{status, std::move(headers), std::move(body)});
  }

  Result<HttpResponse> call(const HttpRequest& request) override {
    requests.push_back(request);
    if (answers.empty()) return fail(ErrorKind::Internal, "no answer was scripted");
    auto next = std::move(answers.front());
    answers.pop_front();
    return next;
  }
  Result<HttpStream> open(const HttpRequest& request) override {
    WINDLASS_TRY_ASSIGN(HttpResponse head, call(request));
    return HttpStream{std::move(head), nullptr};
  }
  Result<HttpUpgrade> upgrade(const HttpRequest& request) override {
    WINDLASS_TRY_ASSIGN(HttpResponse head, call(request));
    return HttpUpgrade{std::move(head), nullptr, ""};
  }
  std::string host() const override { return "test:1"; }
};

}  // namespace windlass::kube
