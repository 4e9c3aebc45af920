#include "vmctl/carrier/console.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace windlass::vm::carrier {
namespace {

bool wouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

bool ByteQueue::push(std::string_view bytes) {
  if (bytes.size() > room()) return false;
  if (bytes.size() > kCapacity - end_) {
    std::memmove(bytes_, bytes_ + begin_, size());
    end_ = size();
    begin_ = 0;
  }
  std::memcpy(bytes_ + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
  return true;
}

void ByteQueue::pop(std::size_t count) {
  begin_ += count < size() ? count : size();
  if (begin_ == end_) begin_ = end_ = 0;
}

void Console::attach(int guest) {
  if (attached()) close(guest_);
  guest_ = guest;
  fcntl(guest_, F_SETFL, fcntl(guest_, F_GETFL) | O_NONBLOCK);
}

void Console::markDrops() {
  if (dropped_ == 0) return;
  char line[96];
  const int length =
      std::snprintf(line, sizeof line, "\r\n[windlass: %lu bytes of console output dropped]\r\n", dropped_);
  if (length > 0 && output_.push({line, static_cast<std::size_t>(length)})) dropped_ = 0;
}

void Console::take(std::string_view bytes) {
  markDrops();
  if (dropped_ > 0 || !output_.push(bytes)) dropped_ += bytes.size();
}

void Console::note(std::string_view text) {
  take("windlass: ");
  take(text);
  take("\n");
}

bool Console::readGuest() {
  char chunk[16 * 1024];
  const ssize_t count = read(guest_, chunk, sizeof chunk);
  if (count > 0) {
    take({chunk, static_cast<std::size_t>(count)});
    return true;
  }
  if (count < 0 && wouldBlock()) return true;
  close(guest_);
  guest_ = -1;
  return false;
}

void Console::writeGuest() {
  const std::string_view pending = input_.data();
  const ssize_t count = write(guest_, pending.data(), pending.size());
  if (count > 0) input_.pop(static_cast<std::size_t>(count));
}

bool Console::readInput(int fd) {
  char chunk[4096];
  const ssize_t count = read(fd, chunk, sizeof chunk);
  if (count < 0) return wouldBlock();
  if (count == 0) return false;
  if (attached()) input_.push({chunk, static_cast<std::size_t>(count)});
  return true;
}

bool Console::writeOutput(int fd) {
  const std::string_view pending = output_.data();
  const ssize_t count = write(fd, pending.data(), pending.size());
  if (count > 0) {
    output_.pop(static_cast<std::size_t>(count));
    markDrops();
    return true;
  }
  return wouldBlock();
}

}  // namespace windlass::vm::carrier
