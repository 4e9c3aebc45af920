#pragma once
// The console's way between guest and container streams: guest bytes -> stdout, stdin -> guest.
//
// A reader of stdout that stalls (containerd restarting) must never stall the guest, so output that does not fit the
// buffer is dropped, counted and marked in the stream. Input waits in a small buffer and is dropped without a guest.
#include <cstddef>
#include <string_view>

namespace windlass::vm::carrier {

// A bounded FIFO of bytes. Not a ring: data is moved to the front when the tail is reached.
class ByteQueue {
 public:
  static constexpr std::size_t kCapacity = std::size_t{128} * 1024;
  std::size_t size() const { return end_ - begin_; }
  std::size_t room() const { return kCapacity - size(); }
  std::string_view data() const { return {bytes_ + begin_, size()}; }
  // Takes all of `bytes` or nothing.
  bool push(std::string_view bytes);
  void pop(std::size_t count);

 private:
  char bytes_[kCapacity];
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class Console {
 public:
  // Takes ownership of the guest's serial port; an earlier one is closed.
  void attach(int guest);
  int guest() const { return guest_; }
  bool attached() const { return guest_ >= 0; }
  bool wantsOutput() const { return output_.size() > 0 || dropped_ > 0; }
  bool wantsGuestWrite() const { return attached() && input_.size() > 0; }
  bool wantsInput() const { return input_.size() == 0; }

  // Each handles one readiness. readGuest: false when the guest's side is closed (the descriptor is closed then).
  bool readGuest();
  void writeGuest();
  // False when stdin has ended.
  bool readInput(int fd);
  // False when stdout is gone for good.
  bool writeOutput(int fd);

  // A line of our own in the guest's log ("windlass: ...").
  void note(std::string_view text);
  // Bytes from the guest (exposed for tests).
  void take(std::string_view bytes);

 private:
  void markDrops();

  int guest_ = -1;
  ByteQueue output_;
  ByteQueue input_;
  unsigned long dropped_ = 0;
};

}  // namespace windlass::vm::carrier
