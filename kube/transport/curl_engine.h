#pragma once
// Exchanges in flight: one curl multi handle driven by the I/O thread's event loop. Internal to the room.
// Source: libcurl "multi_socket" interface, curl_multi_socket_action(3).
//
// Threads: any. Ownership: the destructor (not on the I/O thread) ends all exchanges with Cancelled and waits for that.
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "kube/transport/io_thread.h"
#include "kube/transport/transfer.h"

namespace windlass::kube {

class CurlLoop;

class CurlEngine {
 public:
  explicit CurlEngine(std::shared_ptr<IoThread> io);
  ~CurlEngine();
  CurlEngine(const CurlEngine&) = delete;
  CurlEngine& operator=(const CurlEngine&) = delete;

  using Id = std::uint64_t;
  Id start(TransferSpec spec, std::shared_ptr<TransferSink> sink);
  // Both do nothing when the exchange has ended.
  void resume(Id id);
  void abort(Id id, Error reason);
  // What starts from now on gets new connections. The ones of before are closed once nothing runs on them.
  void renewConnections();

 private:
  void forgetIdleLoops();

  std::shared_ptr<IoThread> io_;
  // I/O thread only. The last one takes new exchanges, the others end theirs.
  std::vector<std::unique_ptr<CurlLoop>> loops_;
  std::atomic<Id> nextId_{1};
};

}  // namespace windlass::kube
