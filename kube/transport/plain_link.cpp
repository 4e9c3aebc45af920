#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "kube/transport/byte_link.h"

namespace windlass::kube {
namespace {

class PlainLink : public ByteLink {
 public:
  explicit PlainLink(int fd) : fd_(fd) {}
  LinkStep handshake() override { return {}; }
  LinkStep read(std::span<char> into) override {
    return stepOf(::recv(fd_, into.data(), into.size(), 0), LinkStep::State::WantRead);
  }
  LinkStep write(std::string_view bytes) override {
    return stepOf(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), LinkStep::State::WantWrite);
  }
  bool holdsBytes() const override { return false; }

 private:
  static LinkStep stepOf(ssize_t moved, LinkStep::State again) {
    if (moved > 0) return {LinkStep::State::Done, static_cast<std::size_t>(moved), ""};
    if (moved == 0) return {LinkStep::State::End, 0, ""};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {again, 0, ""};
    return {LinkStep::State::Failed, 0, std::strerror(errno)};
  }

  const int fd_;
};

}  // namespace

std::unique_ptr<ByteLink> makePlainLink(int fd) {
  return std::make_unique<PlainLink>(fd);
}

}  // namespace windlass::kube
