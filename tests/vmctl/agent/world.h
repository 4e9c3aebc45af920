#pragma once
// A node in memory for tests of the agent: carrier, libvirt and devices, which outlive any number of agents. Every
// effect passes step(), and a test can have the agent "killed" right before or after one.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "tests/vmctl/agent/temporary_directory.h"
#include "vmctl/agent/agent.h"
#include "vmctl/agent/claim.h"
#include "vmctl/agent/network.h"

namespace windlass::vm {

inline const std::string kNodeName = "node1";
inline const std::string kVmUid = "0d8f1f9a-6e38-4d4c-9d55-0e1d2b6a7f10";
inline const std::string kPodUid = "7a1e7f6c-1111-4222-8333-444455556666";
inline const kube::ObjectKey kPodKey{"ns", "web"};

inline kube::Json carrierPodJson() {
  return kube::Json::parse(R"({
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"namespace": "ns", "name": "web", "uid": ")" +
                           kPodUid + R"(",
      "labels": {"windlass.dev/vm": "web"}, "annotations": {"windlass.dev/vm-uid": ")" +
                           kVmUid + R"("},
      "ownerReferences": [{"apiVersion": "windlass.dev/v1alpha1", "kind": "VirtualMachine", "name": "web",
                           "uid": ")" +
                           kVmUid + R"(", "controller": true}]},
    "spec": {"nodeName": "node1", "terminationGracePeriodSeconds": 30,
      "containers": [{"name": "guest", "resources": {"limits": {"memory": "256Mi"}}}]},
    "status": {"phase": "Running"}})");
}

// Thrown in the place where a kill -9 would have ended the agent.
struct Killed {};

struct World {
  // Effects left until the kill; negative: none.
  int stepsToLive = -1;
  void step() {
    if (stepsToLive == 0) throw Killed{};
    if (stepsToLive > 0) --stepsToLive;
  }

  struct {
    CarrierView view;
    std::optional<int> stoppedWith;
    std::string stoppedText;
  } carrier;
  struct Running {
    Identity identity;
    DomainState state = DomainState::Paused;
    bool obeysPowerButton = true;
  };
  std::optional<Running> domain;
  std::optional<StopCause> heard;  // lost when the agent is killed
  int resumes = 0;
  int destroyedWhileRunning = 0;
  bool libvirtAnswers = true;
  bool guestObeys = true;
  std::set<std::string> taps;
  bool podHasAddress = true;
  bool networkHandedOver = false;
  bool inCgroup = false;
  bool resumedUnprepared = false;
  kube::Status imageProblem;

  void guestEnds(StopCause cause) {
    domain.reset();
    heard = cause;
    networkHandedOver = false;
  }
};

class WorldHypervisor : public Hypervisor {
 public:
  explicit WorldHypervisor(World& world) : world_(world) {}
  kube::Result<std::vector<DomainView>> list() override {
    if (!world_.libvirtAnswers) return silent();
    if (!world_.domain) return std::vector<DomainView>{};
    return std::vector<DomainView>{{world_.domain->identity, world_.domain->state}};
  }
  kube::Result<std::optional<DomainView>> find(const std::string& vmUid) override {
    if (!world_.libvirtAnswers) return silent();
    if (!world_.domain || world_.domain->identity.vmUid != vmUid) return std::optional<DomainView>{};
    return std::optional<DomainView>{{world_.domain->identity, world_.domain->state}};
  }
  kube::Status createPaused(const std::string& xml) override {
    world_.step();
    if (world_.domain) return kube::fail(kube::ErrorKind::Internal, "domain exists already");
    world_.domain = World::Running{*identityFromXml(xml), DomainState::Paused};
    world_.step();
    return {};
  }
  kube::Status resume(const std::string&) override {
    world_.step();
    world_.resumedUnprepared = !world_.networkHandedOver || !world_.inCgroup || !world_.carrier.view.hasConsole;
    world_.domain->state = DomainState::Running;
    ++world_.resumes;
    world_.step();
    return {};
  }
  kube::Status shutdown(const std::string&, ShutdownMethod method) override {
    world_.step();
    if (method == ShutdownMethod::PowerButton && world_.guestObeys) world_.guestEnds(StopCause::Shutdown);
    world_.step();
    return {};
  }
  kube::Status destroy(const std::string&) override {
    world_.step();
    if (!world_.domain) return {};
    if (world_.domain->state == DomainState::Running) ++world_.destroyedWhileRunning;
    world_.guestEnds(StopCause::Destroyed);
    world_.carrier.view.hasConsole = false;
    world_.step();
    return {};
  }
  std::optional<StopCause> lastStop(const std::string&) override { return world_.heard; }
  void forgetStop(const std::string&) override { world_.heard.reset(); }
  bool connected() override { return world_.libvirtAnswers; }
  kube::Result<QemuUser> qemuUser() override { return QemuUser{}; }

 private:
  static tl::unexpected<kube::Error> silent() { return kube::fail(kube::ErrorKind::Unavailable, "libvirt is silent"); }
  World& world_;
};

class WorldCarriers : public Carriers {
 public:
  explicit WorldCarriers(World& world) : world_(world) {}
  CarrierView look(const std::string&) override { return world_.carrier.view; }
  pid_t pidOf(const std::string&) override { return 4711; }
  kube::Status sendStarting(const std::string&, const std::string&) override { return {}; }
  kube::Status sendConsole(const std::string&, const Fd&) override {
    world_.step();
    world_.carrier.view.hasConsole = true;
    world_.step();
    return {};
  }
  kube::Status sendRunning(const std::string&) override {
    world_.step();
    world_.carrier.view.hadGuest = true;
    return {};
  }
  kube::Status sendStopped(const std::string&, int exitCode, const std::string& text) override {
    world_.step();
    if (!world_.carrier.stoppedWith) {
      world_.carrier.stoppedWith = exitCode;
      world_.carrier.stoppedText = text;
    }
    world_.carrier.view.process = CarrierView::Process::Gone;
    world_.step();
    return {};
  }
  void forget(const std::string&) override {}

 private:
  World& world_;
};

class WorldNode : public Node {
 public:
  explicit WorldNode(World& world) : world_(world) {}
  kube::Result<NodeImage> prepareImage(pid_t) override {
    world_.step();
    if (!world_.imageProblem) return kube::fail(world_.imageProblem.error());
    NodeImage image;
    image.kernel = KernelBoot{"/images/kernel", "/images/initrd", "console=ttyS0"};
    image.digests = {"aa"};
    return image;
  }
  kube::Result<std::string> readUserData(pid_t) override { return std::string("#cloud-config\n"); }
  kube::Result<GuestNetwork> readNetwork(pid_t) override {
    if (!world_.podHasAddress) return kube::fail(kube::ErrorKind::Internal, "eth0 has no address");
    GuestNetwork network;
    network.addresses = {"10.244.1.7/24"};
    return network;
  }
  kube::Status writeFile(const std::string&, const std::string&) override { return step(); }
  kube::Status createOverlay(const DiskImage&, const std::string&) override { return step(); }
  kube::Status createTap(const std::string& name, int) override {
    world_.step();
    world_.taps.insert(name);
    return step();
  }
  kube::Status removeTap(const std::string& name) override {
    world_.step();
    world_.taps.erase(name);
    return {};
  }
  kube::Status handOverNetwork(pid_t, const std::string& tap, const GuestNetwork&) override {
    world_.step();
    world_.taps.erase(tap);
    world_.podHasAddress = false;
    world_.networkHandedOver = true;
    return step();
  }
  kube::Status joinCgroups(pid_t, const Identity&) override {
    world_.step();
    world_.inCgroup = true;
    return step();
  }
  kube::Result<Fd> openConsole(const std::string&) override {
    world_.step();
    return Fd{};
  }

 private:
  kube::Status step() {
    world_.step();
    return {};
  }
  World& world_;
};

// One life of the agent, on a journal that outlives it.
class AgentLife {
 public:
  AgentLife(World& world, kube::Client& client, const std::string& directory, kube::ObjectPtr pod, kube::TimePoint now)
      : hypervisor_(world),
        carriers_(world),
        node_(world),
        journal_(*Journal::open(directory)),
        accelerators_(hypervisor_, Accelerator::Qemu, directory),
        agent_({client, hypervisor_, carriers_, node_, *journal_, accelerators_, kNodeName,
                [pod = std::move(pod)](const kube::ObjectKey&) { return pod; }, [now] { return now; }}) {}
  Agent& agent() { return agent_; }
  Journal& journal() { return *journal_; }

 private:
  WorldHypervisor hypervisor_;
  WorldCarriers carriers_;
  WorldNode node_;
  std::shared_ptr<Journal> journal_;
  Accelerators accelerators_;
  Agent agent_;
};

}  // namespace windlass::vm
