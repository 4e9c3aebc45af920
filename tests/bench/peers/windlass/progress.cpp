#include "progress.h"

#include <cstdio>

namespace windlass::bench {

void say(const std::string& text) {
  std::printf("bench %s\n", text.c_str());
  std::fflush(stdout);
}

void Progress::reconciled(const std::string& name, const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (++count_ == 1) say("first-reconcile");
  if (text.starts_with("marker-") && text != marker_) {
    marker_ = text;
    say("seen " + text);
  }
  if (converged_) return;
  done_.insert(name);
  if (done_.size() < parents_) return;
  converged_ = true;
  done_ = {};
  say("converged reconciles=" + std::to_string(count_));
}

}  // namespace windlass::bench
