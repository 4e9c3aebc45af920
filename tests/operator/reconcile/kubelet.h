#pragma once
// The controllers and nodes of a cluster, as far as a cloud notices: workloads become ready, jobs succeed, claims are
// made and bound, the garbage of deleted owners goes.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "kube/client/client.h"

namespace windlass::ops {

class Kubelet {
 public:
  // `garbage` collects it and says how much it was (a real API server has no collector of its own); ns "" = all.
  explicit Kubelet(kube::Client& api, std::function<std::size_t()> garbage = nullptr, std::string ns = "")
      : api_(api), garbage_(std::move(garbage)), ns_(std::move(ns)) {}

  // One round; true when anything changed.
  bool step();
  // Objects whose name contains this text stay as they are.
  void hold(const std::string& part) { held_.insert(part); }
  void release() { held_.clear(); }
  // The pod of Jobs whose name contains this text ends with this exit code, from now on.
  void exits(const std::string& part, int code) { exits_[part] = code; }
  // Their pod is lost with its node: nobody knows how it ended.
  void loses(const std::string& part) { lost_.insert(part); }
  void heals() {
    exits_.clear();
    lost_.clear();
  }

  const std::map<std::string, int>& jobRuns() const { return jobRuns_; }

 private:
  bool isHeld(const std::string& name) const;
  bool writeStatus(const kube::ResourceKind& kind, kube::Json object, const kube::Json& status);
  bool deployment(const kube::Json& object);
  bool statefulSet(const kube::Json& object);
  bool claims(const kube::Json& set);
  bool bind(const kube::Json& claim);
  bool job(const kube::Json& object);
  bool failJob(const kube::Json& object, std::optional<int> exitCode);

  kube::Client& api_;
  std::function<std::size_t()> garbage_;
  std::string ns_;
  std::set<std::string> held_, lost_;
  std::map<std::string, int> exits_;
  std::map<std::string, int> jobRuns_;  // by name: how often a Job of this name was run
};

}  // namespace windlass::ops
