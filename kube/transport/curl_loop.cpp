#include "kube/transport/curl_loop.h"

#include <utility>
#include <vector>

namespace windlass::kube {
namespace {

void retire(QSocketNotifier* notifier) {
  if (!notifier) return;
  notifier->setEnabled(false);
  notifier->deleteLater();
}

TransferError cancelledTransfer() {
  return {Error{ErrorKind::Cancelled, "the request was cancelled", 0, std::nullopt, nullptr}, false};
}

}  // namespace

CurlLoop::CurlLoop() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::onSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::onTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  timer_.setSingleShot(true);
  timer_.setTimerType(Qt::PreciseTimer);
  QObject::connect(&timer_, &QTimer::timeout, [this] { act(CURL_SOCKET_TIMEOUT, 0); });
}

CurlLoop::~CurlLoop() {
  shutdown();
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  curl_multi_cleanup(multi_);
  for (auto& [fd, notifiers] : sockets_) {
    retire(notifiers.read);
    retire(notifiers.write);
  }
}

void CurlLoop::shutdown() {
  timer_.stop();
  while (!transfers_.empty()) finish(transfers_.begin()->first, cancelledTransfer());
}

void CurlLoop::add(std::uint64_t id, TransferSpec spec, std::shared_ptr<TransferSink> sink) {
  auto transfer = std::make_unique<CurlTransfer>(id, std::move(spec), std::move(sink));
  CURL* easy = transfer->easy();
  transfers_.emplace(id, std::move(transfer));
  if (const CURLMcode code = curl_multi_add_handle(multi_, easy); code != CURLM_OK)
    finish(id, TransferError{Error{ErrorKind::Internal,
                                   std::string("cannot start an HTTP exchange: ") + curl_multi_strerror(code), 0,
                                   std::nullopt, nullptr},
                             false});
}

void CurlLoop::resume(std::uint64_t id) {
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  found->second->unpause();
  finishDone();
}

void CurlLoop::abort(std::uint64_t id, Error reason) {
  finish(id, TransferError{std::move(reason), false});
}

void CurlLoop::finish(std::uint64_t id, std::optional<TransferError> error) {
  auto node = transfers_.extract(id);
  if (node.empty()) return;
  curl_multi_remove_handle(multi_, node.mapped()->easy());
  node.mapped()->finish(std::move(error));
}

void CurlLoop::act(curl_socket_t fd, int action) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, action, &running);
  finishDone();
}

void CurlLoop::finishDone() {
  // Collected first: removing a handle invalidates the messages.
  std::vector<std::pair<std::uint64_t, CURLcode>> done;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    done.emplace_back(CurlTransfer::of(message->easy_handle)->id(), message->data.result);
  }
  for (const auto& [id, code] : done)
    if (const auto found = transfers_.find(id); found != transfers_.end()) finish(id, found->second->errorOf(code));
}

int CurlLoop::onSocket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (what == CURL_POLL_REMOVE)
    loop->forgetSocket(fd);
  else
    loop->watchSocket(fd, what);
  return 0;
}

int CurlLoop::onTimer(CURLM*, long milliseconds, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (milliseconds < 0)
    loop->timer_.stop();
  else
    loop->timer_.start(static_cast<int>(std::min(milliseconds, 3600000L)));
  return 0;
}

QSocketNotifier* CurlLoop::makeNotifier(curl_socket_t fd, QSocketNotifier::Type type, int action) {
  auto* notifier = new QSocketNotifier(fd, type);
  QObject::connect(notifier, &QSocketNotifier::activated, [this, fd, action] { act(fd, action); });
  return notifier;
}

void CurlLoop::watchSocket(curl_socket_t fd, int what) {
  Notifiers& notifiers = sockets_[fd];
  const bool read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
  const bool write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
  if (read && !notifiers.read) notifiers.read = makeNotifier(fd, QSocketNotifier::Read, CURL_CSELECT_IN);
  if (write && !notifiers.write) notifiers.write = makeNotifier(fd, QSocketNotifier::Write, CURL_CSELECT_OUT);
  if (notifiers.read) notifiers.read->setEnabled(read);
  if (notifiers.write) notifiers.write->setEnabled(write);
}

void CurlLoop::forgetSocket(curl_socket_t fd) {
  const auto node = sockets_.extract(fd);
  if (node.empty()) return;
  retire(node.mapped().read);
  retire(node.mapped().write);
}

}  // namespace windlass::kube
