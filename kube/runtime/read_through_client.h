#pragma once
// A client in front of another one: reads go through, writes are for whoever derives from it. Internal to the room.
#include <memory>
#include <utility>

#include "kube/client/client.h"

namespace windlass::kube {

class ReadThroughClient : public Client {
 public:
  explicit ReadThroughClient(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  Result<Json> get(const ResourceKind& kind, const ObjectKey& key) override { return client_->get(kind, key); }
  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) override {
    return client_->list(kind, options);
  }
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override {
    return client_->watch(kind, options);
  }
  Result<std::string> readLog(const ObjectKey& pod, const LogOptions& options) override {
    return client_->readLog(pod, options);
  }

 protected:
  Client& behind() const { return *client_; }

 private:
  const std::shared_ptr<Client> client_;
};

}  // namespace windlass::kube
