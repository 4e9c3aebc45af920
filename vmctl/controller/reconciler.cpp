#include "vmctl/controller/reconciler.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "vmctl/controller/problem.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::Json;
using kube::ReconcileOutcome;
using kube::Result;
using kube::Status;
using namespace std::chrono_literals;

namespace {
// A pod the API server refused (quota, policy, a taken name) is tried again this often; nothing tells when it would
// fit.
constexpr std::chrono::milliseconds RefusedAgain = 20s;
constexpr int MaxPodEvents = 50;

Json statusIn(const Json& object) {
  const Json* status = kube::find(object, "/status");
  return status != nullptr && status->is_object() ? *status : Json::object();
}
}  // namespace

struct VmReconciler::Seen {
  kube::ObjectPtr object;
  VirtualMachine vm;
  Json status;
};

VmReconciler::VmReconciler(kube::Client& client, Caches caches, kube::EventRecorder& events, CarrierSettings settings,
                           Clock clock)
    : client_(client),
      caches_(std::move(caches)),
      events_(events),
      settings_(std::move(settings)),
      clock_(std::move(clock)) {}

Result<ReconcileOutcome> VmReconciler::reconcile(const kube::ObjectKey& key) {
  const auto object = caches_.vm(key);
  if (object == nullptr) {
    // Its pod goes with it: garbage collection follows the owner reference, gracefully.
    const std::scoped_lock lock(mutex_);
    writtenAt_.erase(key);
    return ReconcileOutcome{};
  }
  if (cacheIsBehind(*object)) return ReconcileOutcome{};
  Seen seen{object, {}, statusIn(*object)};
  auto vm = decodeVirtualMachine(*object);
  if (!vm) {
    seen.vm.generation = kube::generationOf(*object);
    Report report;
    report.phase = "Failed";
    report.ready = "False";
    report.reason = "InvalidSpec";
    report.message = vm.error().message;
    report.restarts = restartsOf(seen.status);
    report.warning = true;
    WINDLASS_TRY(publish(report, seen));
    return ReconcileOutcome{};
  }
  seen.vm = std::move(*vm);
  const auto pod = caches_.pod(key);
  return settle(seen, pod.get());
}

Result<ReconcileOutcome> VmReconciler::settle(const Seen& seen, const Json* pod) {
  Observation observation{seen.vm, seen.status, pod, nullptr, {}, clock_()};
  kube::ObjectPtr node;
  if (pod != nullptr) {
    const auto view = viewOf(*pod, seen.vm);
    if (!view.nodeName.empty()) node = caches_.node(view.nodeName);
    observation.node = node.get();
    if (view.ours && wantsMountErrors(view, observation.now)) {
      WINDLASS_TRY_ASSIGN(observation.mountErrors, mountErrors(*pod));
    }
  }
  const Decision decision = decide(observation);
  if (!decision.passing) WINDLASS_TRY(publish(decision.report, seen));
  if (decision.action == Action::CreatePod) return createPod(seen);
  if (pod != nullptr) WINDLASS_TRY(carryOut(decision, seen, *pod));
  return ReconcileOutcome{decision.again};
}

Result<ReconcileOutcome> VmReconciler::createPod(const Seen& seen) {
  const auto created = client_.create(kube::kinds::Pod, carrierPod(seen.vm, settings_));
  if (created) return ReconcileOutcome{};  // the pod's own events bring us back
  const auto& error = created.error();
  if (error.kind == ErrorKind::AlreadyExists) {
    // Ours and not in the cache yet, or somebody else's, which the cache does not hold.
    const auto there = client_.get(kube::kinds::Pod, {seen.vm.ns, seen.vm.name});
    if (!there) return kube::fail(there.error());
    WINDLASS_TRY_ASSIGN(auto outcome, settle(seen, &*there));
    if (outcome.requeueAfter == 0ms) outcome.requeueAfter = RefusedAgain;
    return outcome;
  }
  const auto problem = problemOf(seen.vm, error);
  if (!problem) return kube::wrap(fmt::format("cannot create pod '{}/{}'", seen.vm.ns, seen.vm.name), error);
  Report report;
  report.phase = "Pending";
  report.ready = "False";
  report.reason = problem->reason;
  report.message = problem->message;
  report.restarts = restartsOf(seen.status);
  report.warning = true;
  WINDLASS_TRY(publish(report, seen));
  return ReconcileOutcome{RefusedAgain};
}

Status VmReconciler::carryOut(const Decision& decision, const Seen& seen, const Json& pod) {
  const auto key = kube::keyOf(pod);
  switch (decision.action) {
    case Action::DeletePod:
    case Action::ReplacePod: {
      kube::DeleteOptions options;
      options.uid = kube::uidOf(pod);  // never the pod that took its place
      const auto removed = client_.remove(kube::kinds::Pod, key, options);
      if (!removed && removed.error().kind != ErrorKind::NotFound && removed.error().kind != ErrorKind::Conflict) {
        return kube::wrap(fmt::format("cannot delete pod '{}'", key.toString()), removed.error());
      }
      return {};
    }
    case Action::UpdateLabels: {
      const auto patched = client_.patch(kube::kinds::Pod, key, kube::PatchType::Merge, labelPatch(seen.vm, pod));
      if (!patched) return kube::wrap(fmt::format("cannot set labels of pod '{}'", key.toString()), patched.error());
      return {};
    }
    case Action::None:
    case Action::CreatePod:
      break;
  }
  return {};
}

Status VmReconciler::publish(const Report& report, const Seen& seen) {
  const Json wanted = statusOf(report, seen.status, seen.vm.generation, clock_());
  if (sameStatus(seen.status, wanted)) return {};
  Json object = kube::newObject(VirtualMachineKind, kube::keyOf(*seen.object));
  object["metadata"]["uid"] = kube::uidOf(*seen.object);  // never onto a new object of the same name
  object["status"] = wanted;
  const auto written = client_.apply(VirtualMachineKind, object, {std::string(FieldManager), true, false}, "status");
  if (!written) {
    const auto kind = written.error().kind;
    if (kind == ErrorKind::NotFound || kind == ErrorKind::Conflict)
      return {};  // deleted, perhaps made again, meanwhile
    return kube::wrap(fmt::format("cannot write status of VirtualMachine '{}'", kube::keyOf(*seen.object).toString()),
                      written.error());
  }
  remember(*seen.object, *written);
  if (const auto event = eventFor(report, seen.status)) events_.record(VirtualMachineKind, *seen.object, *event);
  return {};
}

// Asked only for a pod that has not started for seconds: the kubelet says why a volume does not mount in events alone.
Result<std::vector<std::string>> VmReconciler::mountErrors(const Json& pod) {
  kube::ListOptions options;
  options.ns = kube::namespaceOf(pod);
  options.fieldSelector = "regarding.uid=" + kube::uidOf(pod) + ",reason=FailedMount";
  options.limit = MaxPodEvents;
  const auto page = client_.list(kube::kinds::Event, options);
  if (!page) return kube::wrap("cannot read the events of pod '" + kube::keyOf(pod).toString() + "'", page.error());
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& event : page->items) {
    const auto series = kube::stringAt(event, "/series/lastObservedTime");
    const auto when = !series.empty() ? series : kube::stringAt(event, "/deprecatedLastTimestamp");
    found.emplace_back(when, kube::stringAt(event, "/note"));
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> notes;
  for (auto& [when, note] : found) notes.push_back(std::move(note));
  return notes;
}

bool VmReconciler::cacheIsBehind(const Json& vm) {
  const std::scoped_lock lock(mutex_);
  const auto it = writtenAt_.find(kube::keyOf(vm));
  if (it == writtenAt_.end()) return false;
  if (it->second == kube::resourceVersionOf(vm)) return true;
  writtenAt_.erase(it);
  return false;
}

void VmReconciler::remember(const Json& cached, const Json& written) {
  if (kube::resourceVersionOf(written) == kube::resourceVersionOf(cached)) return;
  const std::scoped_lock lock(mutex_);
  writtenAt_[kube::keyOf(cached)] = kube::resourceVersionOf(cached);
}

}  // namespace windlass::vm
