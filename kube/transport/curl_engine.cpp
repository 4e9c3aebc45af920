#include "kube/transport/curl_engine.h"

#include <utility>

#include "kube/transport/curl_loop.h"

namespace windlass::kube {

CurlEngine::CurlEngine(std::shared_ptr<IoThread> io) : io_(std::move(io)) {
  io_->run([this] { loops_.push_back(std::make_unique<CurlLoop>()); });
}

CurlEngine::~CurlEngine() {
  io_->run([this] {
    for (const auto& loop : loops_) loop->shutdown();
    loops_.clear();
  });
}

// Posted work may refer to this object: it runs in order, so before what the destructor waits for.
CurlEngine::Id CurlEngine::start(TransferSpec spec, std::shared_ptr<TransferSink> sink) {
  const Id id = nextId_++;
  io_->post([this, id, spec = std::move(spec), sink = std::move(sink)]() mutable {
    loops_.back()->add(id, std::move(spec), std::move(sink));
    forgetIdleLoops();
  });
  return id;
}

void CurlEngine::resume(Id id) {
  io_->post([this, id] {
    for (const auto& loop : loops_) loop->resume(id);
  });
}

void CurlEngine::abort(Id id, Error reason) {
  io_->post([this, id, reason = std::move(reason)] {
    for (const auto& loop : loops_) loop->abort(id, reason);
    forgetIdleLoops();
  });
}

void CurlEngine::renewConnections() {
  io_->post([this] {
    loops_.push_back(std::make_unique<CurlLoop>());
    forgetIdleLoops();
  });
}

void CurlEngine::forgetIdleLoops() {
  std::erase_if(loops_, [this](const auto& loop) { return loop != loops_.back() && loop->isIdle(); });
}

}  // namespace windlass::kube
