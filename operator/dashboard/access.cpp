#include "operator/dashboard/access.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::Json;

const kube::ResourceKind kTokenReview{"authentication.k8s.io", "v1", "TokenReview", "tokenreviews", false};
const kube::ResourceKind kAccessReview{"authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews",
                                       false};
constexpr std::size_t kMaxToken = 16384;

std::string sha256(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {digest.begin(), digest.begin() + size};
}

std::string tokenIn(const std::string& authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  return authorization.starts_with(kScheme) ? authorization.substr(kScheme.size()) : "";
}

}  // namespace

kube::Status Access::mayRead(const std::string& authorization, const std::string& ns) {
  const std::string token = tokenIn(authorization);
  if (token.empty() || token.size() > kMaxToken)
    return kube::fail(ErrorKind::Unauthorized,
                      "a bearer token is needed: kubectl create token, or that of your kubeconfig");
  const std::string key = sha256(token) + ns;
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = kept_.find(key); kept != kept_.end() && now_() - kept->second.since < kKeptFor)
      return kept->second.status;
  }
  kube::Status answer = ask(token, ns);
  const bool isAnswer =
      answer || answer.error().kind == ErrorKind::Unauthorized || answer.error().kind == ErrorKind::Forbidden;
  if (!isAnswer) return answer;
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [this](const auto& entry) { return now_() - entry.second.since >= kKeptFor; });
  if (kept_.size() < kMaxKept) kept_.insert_or_assign(key, Answer{answer, now_()});
  return answer;
}

kube::Status Access::ask(const std::string& token, const std::string& ns) {
  WINDLASS_TRY_ASSIGN(const Json user, userOf(token));
  for (const char* resource : {"openstackclouds", "upgradeplans", "upgraderuns"})
    WINDLASS_TRY(mayList(user, resource, ns));
  return {};
}

kube::Result<Json> Access::userOf(const std::string& token) {
  Json review = kube::newObject(kTokenReview, {});
  review["spec"]["token"] = token;
  auto answer = client_.create(kTokenReview, review);
  if (!answer) return kube::wrap("cannot ask whose token it is", std::move(answer).error());
  if (!kube::boolAt(*answer, "/status/authenticated"))
    return kube::fail(ErrorKind::Unauthorized, "the API server does not know this token; it may have expired");
  const Json* user = kube::find(*answer, "/status/user");
  return user != nullptr && user->is_object() ? *user : Json::object();
}

kube::Status Access::mayList(const Json& user, const std::string& resource, const std::string& ns) {
  Json review = kube::newObject(kAccessReview, {});
  const std::string name = kube::stringAt(user, "/username");
  review["spec"] = {{"user", name}, {"uid", kube::stringAt(user, "/uid")}};
  for (const char* field : {"groups", "extra"})
    if (user.contains(field)) review["spec"][field] = user[field];
  review["spec"]["resourceAttributes"] = {{"group", "windlass.dev"}, {"resource", resource}, {"verb", "list"}};
  if (!ns.empty()) review["spec"]["resourceAttributes"]["namespace"] = ns;
  auto answer = client_.create(kAccessReview, review);
  if (!answer) return kube::wrap("cannot ask what a user may read", std::move(answer).error());
  if (kube::boolAt(*answer, "/status/allowed")) return {};
  return kube::fail(ErrorKind::Forbidden, fmt::format("{} may not list {} {}", name, resource,
                                                      ns.empty() ? "of all namespaces" : "in namespace " + ns));
}

}  // namespace windlass::ops
