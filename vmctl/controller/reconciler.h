#pragma once
// The effects around decide(): reads the caches, asks for a judgement, carries it out, writes status when it says
// something new. Idempotent; all state is in the cluster.
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "kube/client/client.h"
#include "kube/runtime/controller.h"
#include "kube/runtime/events.h"
#include "vmctl/controller/carrier_pod.h"
#include "vmctl/controller/decide.h"

namespace windlass::vm {

inline constexpr std::string_view FieldManager = "windlass-vm-controller";

// How the reconciler sees the cluster: nullptr when an object is not there. In the controller these are informer
// caches.
struct Caches {
  std::function<kube::ObjectPtr(const kube::ObjectKey&)> vm;
  std::function<kube::ObjectPtr(const kube::ObjectKey&)> pod;
  std::function<kube::ObjectPtr(const std::string&)> node;
};

// Thread-safe: different keys may be reconciled at the same time.
class VmReconciler {
 public:
  using Clock = std::function<kube::TimePoint()>;
  VmReconciler(kube::Client& client, Caches caches, kube::EventRecorder& events, CarrierSettings settings, Clock clock);

  kube::Result<kube::ReconcileOutcome> reconcile(const kube::ObjectKey& key);

 private:
  struct Seen;
  kube::Result<kube::ReconcileOutcome> settle(const Seen& seen, const kube::Json* pod);
  kube::Result<kube::ReconcileOutcome> createPod(const Seen& seen);
  kube::Status carryOut(const Decision& decision, const Seen& seen, const kube::Json& pod);
  kube::Status publish(const Report& report, const Seen& seen);
  kube::Result<std::vector<std::string>> mountErrors(const kube::Json& pod);
  bool cacheIsBehind(const kube::Json& vm);
  void remember(const kube::Json& cached, const kube::Json& written);

  kube::Client& client_;
  Caches caches_;
  kube::EventRecorder& events_;
  CarrierSettings settings_;
  Clock clock_;

  // The resourceVersion each VM had in the cache when its status was last written. While the cache still shows it, the
  // write has not come back yet and judging again would repeat it. Only saves requests; losing it costs nothing else.
  std::mutex mutex_;
  std::map<kube::ObjectKey, std::string> writtenAt_;
};

}  // namespace windlass::vm
