// windlass-vm-controller: the cluster side of VirtualMachines.
#include <cstdio>
#include <cstdlib>
#include <random>

#include <CLI/CLI.hpp>

#include "kube/client/connect.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/manager.h"
#include "vmctl/controller/reconciler.h"

namespace {

namespace kube = windlass::kube;
namespace vm = windlass::vm;
using kube::Json;

constexpr const char* Component = "windlass-vm-controller";
constexpr const char* Version = "0.1.0";

struct Options {
  std::string metricsAddress = "0.0.0.0:8080";
  std::string healthAddress = "0.0.0.0:8081";
  bool leaderElect = false;
  int workers = 4;
  vm::CarrierSettings carrier;
  kube::ConnectOptions connect;
};

std::string environment(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

// Only what decide() reads; a cluster may have many pods and nodes.
void trimPod(Json& pod) {
  pod["metadata"].erase("managedFields");
  const std::string node = kube::stringAt(pod, "/spec/nodeName");
  pod["spec"] = Json::object();
  if (!node.empty()) pod["spec"]["nodeName"] = node;
}

void trimNode(Json& node) {
  Json spec = Json::object();
  if (const Json* taints = kube::find(node, "/spec/taints")) spec["taints"] = *taints;
  Json conditions = Json::array();
  if (const Json* ready = kube::findCondition(node, "Ready")) {
    conditions.push_back({{"type", "Ready"}, {"status", kube::stringAt(*ready, "/status")}});
  }
  Json metadata{{"name", kube::nameOf(node)}, {"resourceVersion", kube::resourceVersionOf(node)}};
  node["metadata"] = std::move(metadata);
  node["spec"] = std::move(spec);
  node["status"] = {{"conditions", std::move(conditions)}};
}

bool reachabilityChanged(const kube::InformerEvent& event) {
  return event.old == nullptr || vm::isUnreachable(*event.old) != vm::isUnreachable(*event.object);
}

// A pod's name is its VM's name.
std::vector<kube::ObjectKey> vmsOn(kube::Informer& pods, const Json& node) {
  std::vector<kube::ObjectKey> keys;
  for (const auto& pod : pods.byIndex("node", kube::nameOf(node))) keys.push_back(kube::keyOf(*pod));
  return keys;
}

kube::LeaderElectionOptions election(const Options& options) {
  kube::LeaderElectionOptions result;
  result.enabled = options.leaderElect;
  result.ns = environment("POD_NAMESPACE", "windlass-system");
  result.name = Component;
  result.identity = environment("POD_NAME", "local") + "_" + std::to_string(std::random_device{}());
  return result;
}

kube::Status run(const Options& options) {
  WINDLASS_TRY_ASSIGN(auto client, kube::connect(options.connect));
  kube::ManagerOptions managerOptions;
  managerOptions.component = Component;
  managerOptions.metricsAddress = options.metricsAddress;
  managerOptions.healthAddress = options.healthAddress;
  managerOptions.leaderElection = election(options);
  if (options.leaderElect) {
    const auto deadline = managerOptions.leaderElection.renewDeadline;
    WINDLASS_TRY_ASSIGN(managerOptions.leaseClient, kube::connect(kube::forLease(options.connect, deadline)));
  }
  kube::Manager manager(client, managerOptions);
  manager.handleSignals();

  kube::InformerOptions podOptions;
  podOptions.labelSelector = std::string(vm::VmLabel);
  podOptions.projection = trimPod;
  kube::InformerOptions nodeOptions;
  nodeOptions.projection = trimNode;
  auto& vms = manager.informer(vm::VirtualMachineKind);
  auto& pods = manager.informer(kube::kinds::Pod, podOptions);
  auto& nodes = manager.informer(kube::kinds::Node, nodeOptions);
  pods.addIndex("node", [](const Json& pod) { return std::vector{kube::stringAt(pod, "/spec/nodeName")}; });

  vm::VmReconciler reconciler(manager.client(),
                              {[&](const kube::ObjectKey& key) { return vms.get(key); },
                               [&](const kube::ObjectKey& key) { return pods.get(key); },
                               [&](const std::string& name) {
                                 return nodes.get({"", name});
                               }},
                              manager.events(), options.carrier, [] { return std::chrono::system_clock::now(); });
  manager.controller("virtualmachine", [&](const kube::ObjectKey& key) { return reconciler.reconcile(key); })
      .watches(vms, kube::mapToSelf())
      .watches(pods, kube::mapToSelf())
      .watches(
          nodes, [&](const Json& node) { return vmsOn(pods, node); }, reachabilityChanged)
      .workers(options.workers);
  return manager.run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Keeps the carrier pods and the status of VirtualMachines. Connects with the service account of its pod, or "
      "with $KUBECONFIG outside of one.",
      Component};
  app.set_version_flag("--version", std::string(Component) + " " + Version);
  app.add_option("--kubeconfig", options.connect.kubeconfig,
                 "kubeconfig file, instead of $KUBECONFIG or the pod's account");
  app.add_option("--context", options.connect.context, "context in the kubeconfig");
  app.add_option("--metrics-address", options.metricsAddress, "address:port of /metrics, empty for none")
      ->capture_default_str();
  app.add_option("--health-address", options.healthAddress, "address:port of /healthz and /readyz, empty for none")
      ->capture_default_str();
  app.add_flag("--leader-elect", options.leaderElect, "work only while holding the Lease in $POD_NAMESPACE");
  app.add_option("--workers", options.workers, "VMs reconciled at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--carrier-image", options.carrier.image, "image of the carrier pods")->capture_default_str();
  app.add_option("--carrier-image-pull-policy", options.carrier.imagePullPolicy)
      ->check(CLI::IsMember({"Always", "IfNotPresent", "Never"}))
      ->capture_default_str();
  app.add_option("--cpu-per-core", options.carrier.cpuMilliPerCore,
                 "processor time requested for each virtual processor, in thousandths of a real one")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.connect.userAgent = std::string(Component) + "/" + Version;
  if (const auto status = run(options); !status) {
    std::fprintf(stderr, "%s: %s\n", Component, status.error().toString().c_str());
    return 1;
  }
  return 0;
}
