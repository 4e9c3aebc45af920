#include "kube/transport/curl_engine.h"

#include <utility>

#include "kube/transport/curl_loop.h"

namespace windlass::kube {

CurlEngine::CurlEngine(std::shared_ptr<IoThread> io) : io_(std::move(io)) {
  io_->run([this] { loop_ = std::make_shared<CurlLoop>(); });
}

CurlEngine::~CurlEngine() {
  io_->run([this] {
    loop_->shutdown();
    loop_.reset();
  });
}

CurlEngine::Id CurlEngine::start(TransferSpec spec, std::shared_ptr<TransferSink> sink) {
  const Id id = nextId_++;
  io_->post([loop = loop_.get(), id, spec = std::move(spec), sink = std::move(sink)]() mutable {
    loop->add(id, std::move(spec), std::move(sink));
  });
  return id;
}

void CurlEngine::resume(Id id) {
  io_->post([loop = loop_.get(), id] { loop->resume(id); });
}

void CurlEngine::abort(Id id, Error reason) {
  io_->post([loop = loop_.get(), id, reason = std::move(reason)]() mutable { loop->abort(id, std::move(reason)); });
}

}  // namespace windlass::kube
