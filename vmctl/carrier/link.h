#pragma once
// The carrier's side of the socket the agent connects to. One connection at a time; the newest wins.
#include <string_view>

#include "vmctl/carrier/record.h"

namespace windlass::vm::carrier {

class AgentLink {
 public:
  // Listens on `directory`/carrier.sock, replacing what an earlier process left. Returns false with errno set.
  bool listen(const char* directory);
  int listener() const { return listener_; }
  int connection() const { return connection_; }
  bool connected() const { return connection_ >= 0; }

  void accept();
  // Sends one record; a peer that does not read is dropped (it will come back and hears the state in hello).
  void send(const char* record);

  struct Received {
    enum class Kind { Nothing, Record, Closed } kind = Kind::Nothing;
    AgentRecord record;   // views into this link's buffer, valid until the next receive
    int descriptor = -1;  // owned by the caller
  };
  Received receive();

 private:
  void drop();

  int listener_ = -1;
  int connection_ = -1;
  char buffer_[kMaxRecord + 1];
};

}  // namespace windlass::vm::carrier
