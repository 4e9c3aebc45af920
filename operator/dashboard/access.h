#pragma once
// Who may look: a bearer token is shown to the API server, which says whose it is and what that user may read.
// Source: k8s.io/api authentication/v1 TokenReview, authorization/v1 SubjectAccessReview;
// k8s.io/apiserver pkg/authentication/token/cache (answers are kept for some seconds).
//
// Thread-safe. Tokens are kept as SHA-256 only, in at most kMaxKept answers.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "kube/client/client.h"

namespace windlass::ops {

class Access {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kKeptFor{10};
  static constexpr std::size_t kMaxKept = 1000;

  // `now` is for tests.
  explicit Access(kube::Client& client, std::function<Clock::time_point()> now = &Clock::now)
      : client_(client), now_(std::move(now)) {}

  // Whether the bearer of this Authorization header may list clouds, plans and runs of the namespace ("" = of all).
  // Unauthorized: no token, or none that the API server knows. Forbidden: says who may not read what. Else: the API
  // server could not be asked.
  kube::Status mayRead(const std::string& authorization, const std::string& ns);

 private:
  struct Answer {
    kube::Status status;
    Clock::time_point since;
  };
  kube::Status ask(const std::string& token, const std::string& ns);
  kube::Result<kube::Json> userOf(const std::string& token);
  kube::Status mayList(const kube::Json& user, const std::string& resource, const std::string& ns);

  kube::Client& client_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::map<std::string, Answer> kept_;
};

}  // namespace windlass::ops
