#pragma once
// Tells the harness of the first reconcile, of the one that completed the last parent, and of marked texts.
#include <mutex>
#include <string>
#include <unordered_set>

namespace windlass::bench {

// A line of the protocol, written at once.
void say(const std::string& text);

class Progress {
 public:
  explicit Progress(std::size_t parents) : parents_(parents) {}
  void reconciled(const std::string& name, const std::string& text);  // thread-safe

 private:
  const std::size_t parents_;
  std::mutex mutex_;
  std::unordered_set<std::string> done_;
  bool converged_ = false;
  std::size_t count_ = 0;
  std::string marker_;
};

}  // namespace windlass::bench
