#include "kube/transport/upgraded_connection.h"

#include <array>

namespace windlass::kube {
namespace {

constexpr std::chrono::seconds kRawWriteTimeout{30};
constexpr std::size_t kRawReadBytes = 16U << 10U;

}  // namespace

Result<std::optional<std::string>> UpgradedConnection::read(std::chrono::milliseconds wait) {
  std::array<char, kRawReadBytes> bytes;  // not cleared: read() writes what is used
  const auto deadline = std::chrono::steady_clock::now() + wait;
  WINDLASS_TRY_ASSIGN(const std::size_t got, connection_->read(bytes, deadline));
  if (got == 0) return std::optional<std::string>();
  return std::optional(std::string(bytes.data(), got));
}

Status UpgradedConnection::write(std::string_view bytes) {
  return connection_->write(bytes, std::chrono::steady_clock::now() + kRawWriteTimeout);
}

}  // namespace windlass::kube
