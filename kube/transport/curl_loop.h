#pragma once
// The side of CurlEngine that lives on the I/O thread: maps curl's wishes (watch this socket, wake me then) to Qt
// notifiers and one timer. Internal to the room.
//
// Rules that keep curl well: handles are added and removed only outside of curl's callbacks; the timer callback never
// calls back into curl; a notifier is disabled first and deleted later, because curl may ask from inside its
// activation.
#include <QSocketNotifier>
#include <QTimer>
#include <cstdint>
#include <map>
#include <memory>

#include <curl/curl.h>

#include "kube/transport/curl_transfer.h"

namespace windlass::kube {

class CurlLoop {
 public:
  CurlLoop();
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  void add(std::uint64_t id, TransferSpec spec, std::shared_ptr<TransferSink> sink);
  void resume(std::uint64_t id);
  void abort(std::uint64_t id, Error reason);
  bool isIdle() const { return transfers_.empty(); }
  // Ends all exchanges with Cancelled.
  void shutdown();

 private:
  struct Notifiers {
    QSocketNotifier* read = nullptr;
    QSocketNotifier* write = nullptr;
  };

  static int onSocket(CURL* easy, curl_socket_t fd, int what, void* self, void* socketData);
  static int onTimer(CURLM* multi, long milliseconds, void* self);

  void watchSocket(curl_socket_t fd, int what);
  void forgetSocket(curl_socket_t fd);
  QSocketNotifier* makeNotifier(curl_socket_t fd, QSocketNotifier::Type type, int action);
  void act(curl_socket_t fd, int action);
  void finishDone();
  void finish(std::uint64_t id, std::optional<TransferError> error);

  CURLM* multi_;
  QTimer timer_;
  std::map<curl_socket_t, Notifiers> sockets_;
  std::map<std::uint64_t, std::unique_ptr<CurlTransfer>> transfers_;
};

}  // namespace windlass::kube
