#include "kube/runtime/fencing.h"

#include <charconv>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

class FencedClient : public Client {
 public:
  FencedClient(std::shared_ptr<Client> client, std::function<Status()> mayWrite)
      : client_(std::move(client)), mayWrite_(std::move(mayWrite)) {}

  Result<Json> get(const ResourceKind& kind, const ObjectKey& key) override { return client_->get(kind, key); }
  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) override {
    return client_->list(kind, options);
  }
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override {
    return client_->watch(kind, options);
  }
  Result<Json> create(const ResourceKind& kind, const Json& object) override {
    WINDLASS_TRY(mayWrite_());
    return client_->create(kind, object);
  }
  Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource) override {
    WINDLASS_TRY(mayWrite_());
    return client_->update(kind, object, subresource);
  }
  Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                     const std::string& subresource) override {
    WINDLASS_TRY(mayWrite_());
    return client_->patch(kind, key, type, body, subresource);
  }
  Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                     const std::string& subresource) override {
    WINDLASS_TRY(mayWrite_());
    return client_->apply(kind, object, options, subresource);
  }
  Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) override {
    WINDLASS_TRY(mayWrite_());
    return client_->remove(kind, key, options);
  }

 private:
  const std::shared_ptr<Client> client_;
  const std::function<Status()> mayWrite_;
};

}  // namespace

void stampLeaderEpoch(Json& object, std::int64_t epoch) {
  object["metadata"]["annotations"][std::string(kLeaderEpochAnnotation)] = std::to_string(epoch);
}

std::int64_t leaderEpochOf(const Json& object) {
  const std::string text = annotationOf(object, kLeaderEpochAnnotation);
  std::int64_t epoch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  return error == std::errc() && end == text.data() + text.size() ? epoch : 0;
}

Status checkLeaderEpoch(const Json& stored, std::int64_t epoch) {
  const std::int64_t last = leaderEpochOf(stored);
  if (last <= epoch) return {};
  return fail(ErrorKind::Conflict, kindOf(stored) + " " + keyOf(stored).toString() + " was written by leader " +
                                       std::to_string(last) + "; we are the earlier leader " + std::to_string(epoch));
}

std::shared_ptr<Client> fencedClient(std::shared_ptr<Client> client, std::function<Status()> mayWrite) {
  return std::make_shared<FencedClient>(std::move(client), std::move(mayWrite));
}

}  // namespace windlass::kube
