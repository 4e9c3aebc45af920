#pragma once
// What a real HAProxy 2.6.12 answered (the lines that matter), and a way to play one.
#include <string>
#include <vector>

#include "operator/traffic/haproxy/channel.h"

namespace windlass::ops::haproxy::test {

extern const std::string kStat, kServersState, kTable, kInfo, kMap;

// Answers what it was given, in order, and remembers what it was asked.
class ScriptedChannel : public Channel {
 public:
  explicit ScriptedChannel(std::vector<std::string> answers) : answers_(std::move(answers)) {}
  kube::Result<std::string> exchange(std::string_view line, const Limits&) override {
    lines.emplace_back(line);
    if (lines.size() > answers_.size()) return kube::fail(kube::ErrorKind::Unavailable, "nothing left to answer");
    return answers_[lines.size() - 1];
  }
  std::vector<std::string> lines;

 private:
  std::vector<std::string> answers_;
};

}  // namespace windlass::ops::haproxy::test
