// windlass-vm-agent: starts and ends the guests of one node's carrier pods.
#include <set>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "kube/client/connect.h"
#include "kube/object/kinds.h"
#include "kube/runtime/manager.h"
#include "vmctl/agent/agent.h"

namespace {

namespace kube = windlass::kube;
namespace vm = windlass::vm;

struct Options {
  std::string node;
  std::string kubeconfig;
  std::string libvirtUri = "qemu:///system";
  std::string podsDirectory = "/var/lib/kubelet/pods";
  std::string accelerator = "auto";
  std::string metricsAddress = "127.0.0.1:8090";
  std::string healthAddress = "127.0.0.1:8091";
  int workers = 4;
  std::uint64_t imageCacheGiB = 20;
  bool verbose = false;
  vm::NodeOptions files;
};

int parse(int argc, char** argv, Options& options) {
  CLI::App app{"Starts and ends the libvirt guests of this node's carrier pods"};
  app.add_option("--node", options.node, "Name of this node in the cluster")->required()->envname("NODE_NAME");
  app.add_option("--kubeconfig", options.kubeconfig, "Default: $KUBECONFIG, else the pod's service account");
  app.add_option("--libvirt-uri", options.libvirtUri, "This node's libvirt daemon");
  app.add_option("--pods-directory", options.podsDirectory, "Where the kubelet keeps the volumes of pods");
  app.add_option("--state-directory", options.files.stateDirectory, "Journals, disks and images of this node's guests");
  app.add_option("--libvirt-run-directory", options.files.libvirtRunDirectory, "Where libvirt writes QEMU's pid files");
  app.add_option("--accelerator", options.accelerator,
                 "For VMs that say auto; auto: kvm where a kernel was seen to boot with it")
      ->check(CLI::IsMember({"auto", "kvm", "qemu"}));
  app.add_option("--image-cache-size", options.imageCacheGiB, "Bound of the image cache in GiB")
      ->check(CLI::Range(1, 100000));
  app.add_option("--workers", options.workers, "Guests started at the same time")->check(CLI::Range(1, 64));
  app.add_option("--metrics-address", options.metricsAddress);
  app.add_option("--health-address", options.healthAddress);
  app.add_flag("--verbose", options.verbose);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? -1 : 2;
  }
  options.files.imageCacheBytes = options.imageCacheGiB << 30;
  return 0;
}

vm::Accelerator acceleratorOf(const std::string& name) {
  return name == "kvm" ? vm::Accelerator::Kvm : name == "qemu" ? vm::Accelerator::Qemu : vm::Accelerator::Auto;
}

std::set<std::string> imagesInUse(const vm::Journal& journal) {
  std::set<std::string> out;
  for (const vm::JournalEntry& entry : journal.all()) out.insert(entry.images.begin(), entry.images.end());
  return out;
}

// One Event on the Node when every start there would take a minute; see vm::kvmUsable.
void reportKvm(vm::Hypervisor& hypervisor, kube::Manager& manager, const std::string& node) {
  const kube::Result<vm::QemuUser> user = hypervisor.qemuUser();
  if (!user) return;
  const kube::Status usable = vm::kvmUsable(vm::statKvm(), *user);
  if (usable || usable.error().kind != kube::ErrorKind::Forbidden) return;
  spdlog::warn("{}", usable.error().message);
  const kube::Result<kube::Json> object = manager.client().get(kube::kinds::Node, {"", node});
  if (!object) return;
  manager.events().record(kube::kinds::Node, *object,
                          {kube::EventType::Warning, "KvmNotUsable", "Preflight", usable.error().message});
}

kube::Status serve(const Options& options) {
  WINDLASS_TRY_ASSIGN(const std::shared_ptr<kube::Client> client,
                      kube::connect({options.kubeconfig, "", "windlass-vm-agent"}));
  WINDLASS_TRY_ASSIGN(const std::shared_ptr<vm::Journal> journal,
                      vm::Journal::open(options.files.stateDirectory + "/vms"));

  kube::ManagerOptions managing;
  managing.component = "windlass-vm-agent";
  managing.metricsAddress = options.metricsAddress;
  managing.healthAddress = options.healthAddress;
  kube::Manager manager(client, managing);
  manager.handleSignals();
  kube::InformerOptions watching;
  watching.labelSelector = std::string(vm::VmLabel);
  watching.fieldSelector = "spec.nodeName=" + options.node;
  kube::Informer& pods = manager.informer(kube::kinds::Pod, watching);

  // Events of libvirt and of carriers only put keys into the queue; until the agent exists there is nothing to put them
  // into.
  struct Wiring {
    std::mutex mutex;
    vm::Agent* agent = nullptr;
    kube::Controller* controller = nullptr;
    void wake(const std::string& uid) {
      const std::lock_guard lock(mutex);
      if (agent == nullptr || controller == nullptr) return;
      for (const kube::ObjectKey& key : uid.empty() ? agent->known() : agent->podOf(uid)) controller->enqueue(key);
    }
  } wiring;
  const auto wake = [&wiring](const std::string& uid) { wiring.wake(uid); };

  const std::unique_ptr<vm::Node> node = vm::makeLinuxNode(options.files, [&journal] { return imagesInUse(*journal); });
  const std::unique_ptr<vm::Carriers> carriers = vm::connectCarriers(options.podsDirectory, wake);
  const std::unique_ptr<vm::Hypervisor> hypervisor = vm::connectLibvirt(options.libvirtUri, wake);
  vm::Accelerators accelerators(*hypervisor, acceleratorOf(options.accelerator), options.files.stateDirectory);
  vm::Agent agent({*client, *hypervisor, *carriers, *node, *journal, accelerators, options.node,
                   [&pods](const kube::ObjectKey& key) { return pods.get(key); },
                   [] { return std::chrono::system_clock::now(); }});
  kube::Controller& controller =
      manager.controller("carrier", [&agent](const kube::ObjectKey& key) { return agent.reconcile(key); });
  controller.watches(pods, kube::mapToSelf()).workers(options.workers);
  {
    const std::lock_guard lock(wiring.mutex);
    wiring.agent = &agent;
    wiring.controller = &controller;
  }
  manager.addReadyCheck("libvirt", [&hypervisor]() -> kube::Status {
    if (hypervisor->connected()) return {};
    return kube::fail(kube::ErrorKind::Unavailable, "libvirt does not answer");
  });
  manager.runnable("compare", false, [&](const std::atomic<bool>&) {
    wiring.wake("");
    reportKvm(*hypervisor, manager, options.node);
  });
  const kube::Status ran = manager.run();
  const std::lock_guard lock(wiring.mutex);
  wiring.agent = nullptr;
  wiring.controller = nullptr;
  return ran;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const int refused = parse(argc, argv, options); refused != 0) return refused < 0 ? 0 : refused;
  if (options.verbose) spdlog::set_level(spdlog::level::debug);
  const kube::Status served = serve(options);
  if (served) return 0;
  spdlog::error("{}", served.error().toString());
  return 1;
}
