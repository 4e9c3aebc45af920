#pragma once
// A Client that asks a gate before each request: to count, to fail, to stall or to let time pass.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/client/client.h"

namespace windlass::kube::faults {

class GatedClient : public Client {
 public:
  // Verbs: get, list, watch, create, update, patch, apply, delete, log.
  using Gate = std::function<std::optional<Error>(const std::string& verb)>;
  GatedClient(std::shared_ptr<Client> inner, Gate gate) : inner_(std::move(inner)), gate_(std::move(gate)) {}

  Result<Json> get(const ResourceKind& kind, const ObjectKey& key) override {
    return past<Result<Json>>("get", [&] { return inner_->get(kind, key); });
  }
  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) override {
    return past<Result<ListPage>>("list", [&] { return inner_->list(kind, options); });
  }
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override {
    return past<Result<std::unique_ptr<WatchStream>>>("watch", [&] { return inner_->watch(kind, options); });
  }
  Result<Json> create(const ResourceKind& kind, const Json& object) override {
    return past<Result<Json>>("create", [&] { return inner_->create(kind, object); });
  }
  Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource) override {
    return past<Result<Json>>("update", [&] { return inner_->update(kind, object, subresource); });
  }
  Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                     const std::string& subresource) override {
    return past<Result<Json>>("patch", [&] { return inner_->patch(kind, key, type, body, subresource); });
  }
  Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                     const std::string& subresource) override {
    return past<Result<Json>>("apply", [&] { return inner_->apply(kind, object, options, subresource); });
  }
  Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) override {
    return past<Status>("delete", [&] { return inner_->remove(kind, key, options); });
  }
  Result<std::string> readLog(const ObjectKey& pod, const LogOptions& options) override {
    return past<Result<std::string>>("log", [&] { return inner_->readLog(pod, options); });
  }

 private:
  template <class Answer, class Call>
  Answer past(const std::string& verb, const Call& call) {
    if (auto refused = gate_(verb)) return fail(std::move(*refused));
    return call();
  }

  const std::shared_ptr<Client> inner_;
  const Gate gate_;
};

}  // namespace windlass::kube::faults
