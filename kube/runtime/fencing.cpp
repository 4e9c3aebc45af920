#include "kube/runtime/fencing.h"

#include <charconv>

#include "kube/object/meta.h"
#include "kube/runtime/read_through_client.h"

namespace windlass::kube {
namespace {

class FencedClient : public ReadThroughClient {
 public:
  FencedClient(std::shared_ptr<Client> client, std::function<Status()> mayWrite)
      : ReadThroughClient(std::move(client)), mayWrite_(std::move(mayWrite)) {}

  Result<Json> create(const ResourceKind& kind, const Json& object) override {
    WINDLASS_TRY(mayWrite_());
    return behind().create(kind, object);
  }
  Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource) override {
    WINDLASS_TRY(mayWrite_());
    return behind().update(kind, object, subresource);
  }
  Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                     const std::string& subresource) override {
    WINDLASS_TRY(mayWrite_());
    return behind().patch(kind, key, type, body, subresource);
  }
  Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                     const std::string& subresource) override {
    WINDLASS_TRY(mayWrite_());
    return behind().apply(kind, object, options, subresource);
  }
  Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) override {
    WINDLASS_TRY(mayWrite_());
    return behind().remove(kind, key, options);
  }

 private:
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
