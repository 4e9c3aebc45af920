#pragma once
// A fake API server that also answers reviews: it knows tokens and what their users may list.
#include <atomic>
#include <map>
#include <set>
#include <string>

#include "kube/fake/fake_api_server.h"
#include "kube/object/meta.h"

namespace windlass::ops {

class ReviewingApi : public kube::FakeApiServer {
 public:
  std::map<std::string, std::string> users;  // by token
  std::set<std::string> rights;              // "user resource namespace"
  std::atomic<int> reviews{0};

  void allow(const std::string& user, const std::string& ns) {
    for (const char* resource : {"openstackclouds", "upgradeplans", "upgraderuns"})
      rights.insert(user + " " + resource + " " + ns);
  }
  kube::Result<kube::Json> create(const kube::ResourceKind& kind, const kube::Json& object) override {
    if (kind.kind == "TokenReview") return reviewToken(object);
    if (kind.kind == "SubjectAccessReview") return reviewAccess(object);
    return FakeApiServer::create(kind, object);
  }

 private:
  kube::Json reviewToken(kube::Json review) {
    ++reviews;
    const auto user = users.find(kube::stringAt(review, "/spec/token"));
    review["status"]["authenticated"] = user != users.end();
    if (user != users.end()) review["status"]["user"] = {{"username", user->second}, {"groups", {"people"}}};
    return review;
  }
  kube::Json reviewAccess(kube::Json review) const {
    const auto at = [&review](const char* pointer) { return kube::stringAt(review, pointer); };
    const std::string right = at("/spec/user") + " " + at("/spec/resourceAttributes/resource") + " " +
                              at("/spec/resourceAttributes/namespace");
    const bool isComplete = at("/spec/resourceAttributes/group") == "windlass.dev" &&
                            at("/spec/resourceAttributes/verb") == "list" && at("/spec/groups/0") == "people";
    review["status"]["allowed"] = isComplete && rights.contains(right);
    return review;
  }
};

}  // namespace windlass::ops
