#include "kube/runtime/own_writes.h"

#include <charconv>
#include <utility>

#include "kube/object/meta.h"
#include "kube/runtime/read_through_client.h"

namespace windlass::kube {
namespace {

std::optional<std::uint64_t> versionOf(const Json& object) {
  const std::string text = resourceVersionOf(object);
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return version;
}

bool isLaterStateOf(const Json& object, std::uint64_t version, const Json& stored) {
  const auto known = versionOf(stored);
  return known && *known < version && uidOf(stored) == uidOf(object);
}

class TellingClient : public ReadThroughClient {
 public:
  using Written = std::function<void(const ResourceKind&, const Json&)>;
  TellingClient(std::shared_ptr<Client> client, Written written)
      : ReadThroughClient(std::move(client)), written_(std::move(written)) {}

  Result<Json> create(const ResourceKind& kind, const Json& object) override {
    return told(kind, behind().create(kind, object));
  }
  Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource) override {
    return told(kind, behind().update(kind, object, subresource));
  }
  Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                     const std::string& subresource) override {
    return told(kind, behind().patch(kind, key, type, body, subresource));
  }
  Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                     const std::string& subresource) override {
    auto applied = behind().apply(kind, object, options, subresource);
    return options.dryRun ? std::move(applied) : told(kind, std::move(applied));
  }
  Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) override {
    return behind().remove(kind, key, options);
  }

 private:
  Result<Json> told(const ResourceKind& kind, Result<Json> answer) const {
    if (answer && answer->is_object() && kindOf(*answer) == kind.kind) written_(kind, *answer);
    return answer;
  }

  const Written written_;
};

}  // namespace

void OwnWrites::written(const Json& object, const std::function<ObjectPtr(const ObjectKey&)>& stored) {
  const auto version = versionOf(object);
  if (!version) return;
  Write fresh{PackedObject(object), *version};
  const std::lock_guard lock(mutex_);
  // From before the store is looked at, so that seen() does not pass by: it is called after the store has changed.
  count_ = writes_.size() + 1;
  const ObjectKey key = keyOf(object);
  const ObjectPtr known = stored(key);
  const auto mine = writes_.find(key);
  const bool isNewest = mine == writes_.end() || mine->second.version < *version;
  if (known && isNewest && isLaterStateOf(object, *version, *known)) writes_[key] = std::move(fresh);
  count_ = writes_.size();
}

void OwnWrites::seen(const Json& object) {
  if (count_ == 0) return;
  const auto version = versionOf(object);
  const std::lock_guard lock(mutex_);
  const auto mine = writes_.find(keyOf(object));
  if (mine == writes_.end() || (version && *version < mine->second.version)) return;
  writes_.erase(mine);
  count_ = writes_.size();
}

void OwnWrites::gone(const ObjectKey& key) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  writes_.erase(key);
  count_ = writes_.size();
}

void OwnWrites::clear() {
  const std::lock_guard lock(mutex_);
  writes_.clear();
  count_ = 0;
}

PackedObject OwnWrites::get(const ObjectKey& key) const {
  if (count_ == 0) return {};
  const std::lock_guard lock(mutex_);
  const auto mine = writes_.find(key);
  return mine == writes_.end() ? PackedObject() : mine->second.object;
}

std::shared_ptr<Client> tellingClient(std::shared_ptr<Client> client,
                                      std::function<void(const ResourceKind&, const Json&)> written) {
  return std::make_shared<TellingClient>(std::move(client), std::move(written));
}

}  // namespace windlass::kube
