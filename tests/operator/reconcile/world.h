#pragma once
// A cluster in memory with the real catalog, one cloud and the reconciler under test.
#include <optional>
#include <string>
#include <vector>

#include "kube/fake/fake_api_server.h"
#include "kubelet.h"
#include "operator/reconcile/cloud_reconciler.h"

namespace windlass::ops {

class RecordedEvents : public kube::EventRecorder {
 public:
  void record(const kube::ResourceKind&, const kube::Json&, const kube::EventSpec& event) override {
    all.push_back(event);
  }
  int count(const std::string& reason) const;
  std::string noteOf(const std::string& reason) const;  // of the newest, "" when there is none

  std::vector<kube::EventSpec> all;
};

// Dies before its n-th write and does nothing any more from then on. Counts the writes.
class MortalClient : public kube::Client {
 public:
  MortalClient(kube::Client& real, int dieAtWrite) : real_(real), left_(dieAtWrite) {}
  bool dead() const { return dead_; }
  int writes() const { return writes_; }

  kube::Result<Json> get(const kube::ResourceKind& kind, const kube::ObjectKey& key) override;
  kube::Result<kube::ListPage> list(const kube::ResourceKind& kind, const kube::ListOptions& options) override;
  kube::Result<std::unique_ptr<kube::WatchStream>> watch(const kube::ResourceKind& kind,
                                                         const kube::WatchOptions& options) override;
  kube::Result<Json> create(const kube::ResourceKind& kind, const Json& object) override;
  kube::Result<Json> update(const kube::ResourceKind& kind, const Json& object, const std::string& sub) override;
  kube::Result<Json> patch(const kube::ResourceKind& kind, const kube::ObjectKey& key, kube::PatchType type,
                           const Json& body, const std::string& sub) override;
  kube::Result<Json> apply(const kube::ResourceKind& kind, const Json& object, const kube::ApplyOptions& options,
                           const std::string& sub) override;
  kube::Status remove(const kube::ResourceKind& kind, const kube::ObjectKey& key,
                      const kube::DeleteOptions& options) override;
  kube::Result<std::string> readLog(const kube::ObjectKey& pod, const kube::LogOptions& options) override;

 private:
  template <class Call>
  auto write(Call call) -> decltype(call());

  kube::Client& real_;
  int left_;
  bool dead_ = false;
  int writes_ = 0;
};

const Catalog& realCatalog();

struct World {
  World();

  // spec as YAML-like JSON; a small complete cloud "demo" in namespace "openstack" when nothing is given.
  static Json smallSpec();
  static Json threeServicesSpec();
  void createCloud(const Json& spec = smallSpec());
  void changeSpec(const std::string& pointer, const Json& value);
  // A fresh reconciler, as after a restart of the process.
  void restart();

  kube::Result<kube::ReconcileOutcome> reconcile();
  // Reconciler and kubelet take turns until neither changes anything (at most 60 rounds); true when it came to rest.
  bool settle();
  bool settleReady() { return settle() && isReady(); }

  Json cloud() const;
  bool isReady() const;
  Json condition(const std::string& type) const;
  std::string waitingFor() const;
  std::optional<Json> get(const kube::ResourceKind& kind, const std::string& name) const;
  std::vector<Json> list(const kube::ResourceKind& kind) const;
  std::vector<std::string> names(const kube::ResourceKind& kind) const;
  // The one object of this kind whose name begins so.
  Json only(const kube::ResourceKind& kind, const std::string& prefix) const;
  void erase(const kube::ResourceKind& kind, const std::string& name);
  // Makes a pod with this .status.
  void addPod(kube::Json pod, const kube::Json& status);
  // Requests of the last `clearRequests()` that are not reads.
  std::vector<std::string> writes() const;

  const kube::ObjectKey key{"openstack", "demo"};
  // A plain pointer to the fake lets const helpers read.
  std::unique_ptr<kube::FakeApiServer> api = std::make_unique<kube::FakeApiServer>();
  Kubelet kubelet{*api, [this] { return api->collectGarbage(); }};
  RecordedEvents events;
  kube::TimePoint now = kube::parseTime("2026-01-02T03:04:05Z");
  int randomCalls = 0;
  bool constantRandom = false;
  kube::Client* client = api.get();         // what the reconciler talks to
  const Catalog* catalog = &realCatalog();  // what the next one that is started knows
  std::unique_ptr<CloudReconciler> reconciler;
};

}  // namespace windlass::ops
