#pragma once
// The connection behind a protocol switch. Internal to the room.
#include "kube/transport/connection.h"
#include "kube/transport/raw_connection.h"

namespace windlass::kube {

class UpgradedConnection : public RawConnection {
 public:
  explicit UpgradedConnection(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Result<std::optional<std::string>> read(std::chrono::milliseconds wait) override;
  Status write(std::string_view bytes) override;
  void cancel() override { connection_->waker()->wake(Waker::Reason::Cancelled); }

 private:
  const std::unique_ptr<Connection> connection_;
};

}  // namespace windlass::kube
