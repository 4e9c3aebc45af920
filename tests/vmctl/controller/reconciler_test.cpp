#include "vmctl/controller/reconciler.h"

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "world.h"

namespace windlass::vm {
namespace {

using kube::Json;
using namespace std::chrono_literals;

struct Events : kube::EventRecorder {
  std::vector<std::string> reasons;
  void record(const kube::ResourceKind&, const Json&, const kube::EventSpec& event) override {
    reasons.push_back(event.reason);
  }
};

// A namespace with one VM, its controller, and a stand-in for kubelet and agent.
class Cluster {
 public:
  kube::FakeApiServer server;
  Events events;
  kube::TimePoint now = test::T0;
  const kube::ObjectKey key{"shop", "web"};

  Cluster() {
    server.setFaultInjector([this](const kube::FakeRequest& request) -> std::optional<kube::Error> {
      if (!underTest_) return std::nullopt;
      requests_.push_back(request.verb + " " + request.kind.plural);
      if (fault) return fault(request, requests_.size());
      return std::nullopt;
    });
  }

  std::function<std::optional<kube::Error>(const kube::FakeRequest&, std::size_t)> fault;
  std::size_t requestCount() const { return requests_.size(); }
  const std::vector<std::string>& requests() const { return requests_; }

  void createVm(Json vm = test::vmJson()) { (void)server.create(VirtualMachineKind, vm).value(); }
  void changeSpec(const Json& patch) {
    (void)server.patch(VirtualMachineKind, key, kube::PatchType::Merge, Json{{"spec", patch}}, "").value();
  }

  kube::Result<kube::ReconcileOutcome> reconcile() {
    underTest_ = true;
    auto outcome = reconciler_.reconcile(key);
    underTest_ = false;
    return outcome;
  }
  // Until two rounds in a row ask for nothing; each error is followed by another try, as the queue does.
  void settle() {
    for (int quiet = 0, rounds = 0; quiet < 2 && rounds < 40; ++rounds) {
      const auto before = server.writeCount();
      const auto outcome = reconcile();
      quiet = outcome && server.writeCount() == before ? quiet + 1 : 0;
    }
  }

  std::optional<Json> read(const kube::ResourceKind& kind, const kube::ObjectKey& at) {
    const bool before = std::exchange(underTest_, false);
    auto object = server.get(kind, at);
    underTest_ = before;
    return object ? std::optional<Json>(*object) : std::nullopt;
  }
  std::optional<Json> pod() { return read(kube::kinds::Pod, key); }
  Json vm() { return read(VirtualMachineKind, key).value_or(Json::object()); }
  std::string phase() { return kube::stringAt(vm(), "/status/phase"); }
  std::string readyReason() {
    const Json object = vm();
    const Json* ready = kube::findCondition(object, "Ready");
    return ready == nullptr ? "" : kube::stringAt(*ready, "/reason");
  }

  // Kubelet and agent bring the pod into a state of world.h.
  void podBecomes(const Json& like) {
    Json now_ = *pod();
    if (like.at("spec").contains("nodeName")) now_["spec"]["nodeName"] = like["spec"]["nodeName"];
    now_ = server.update(kube::kinds::Pod, now_, "").value();
    now_["status"] = like.at("status");
    (void)server.update(kube::kinds::Pod, now_, "status").value();
  }
  void guestRuns() {
    Json status{{"apiVersion", "windlass.dev/v1alpha1"},
                {"kind", "VirtualMachine"},
                {"metadata", {{"name", "web"}, {"namespace", "shop"}}},
                {"status", test::guestStatus("Running", kube::uidOf(*pod()))}};
    (void)server.apply(VirtualMachineKind, status, {"windlass-vm-agent", true, false}, "status").value();
  }

 private:
  kube::ObjectPtr cached(const kube::ResourceKind& kind, const kube::ObjectKey& at) {
    auto object = read(kind, at);
    return object ? std::make_shared<const Json>(std::move(*object)) : nullptr;
  }

  bool underTest_ = false;
  std::vector<std::string> requests_;
  VmReconciler reconciler_{server,
                           {[this](const kube::ObjectKey& at) { return cached(VirtualMachineKind, at); },
                            [this](const kube::ObjectKey& at) { return cached(kube::kinds::Pod, at); },
                            [this](const std::string& name) {
                              return cached(kube::kinds::Node, {"", name});
                            }},
                           events,
                           {},
                           [this] { return now; }};
};

kube::Error serverError() {
  return {kube::ErrorKind::Internal, "injected", 500, {}, nullptr};
}

// Create, run, crash, run again, halt: the life the fault sweep walks. Returns the phases it settled in.
std::vector<std::string> live(Cluster& cluster) {
  std::vector<std::string> phases;
  const auto note = [&] {
    cluster.settle();
    phases.push_back(cluster.phase());
  };
  cluster.createVm();
  cluster.settle();
  cluster.podBecomes(test::runningPod(test::vmJson(), true));
  cluster.guestRuns();
  note();
  cluster.podBecomes(test::endedPod(test::vmJson(), 10));
  cluster.now += 10s;
  note();
  if (!cluster.pod()) return phases;
  cluster.podBecomes(test::runningPod(test::vmJson(), true));
  cluster.guestRuns();
  note();
  cluster.changeSpec({{"runStrategy", "Halted"}});
  note();
  return phases;
}

TEST(VmReconciler, NeedsTwoWritesFromCreateToRunningAndNoneAtRest) {
  Cluster cluster;
  cluster.createVm();
  cluster.server.clearRequests();
  cluster.settle();
  cluster.podBecomes(test::scheduledPod(test::vmJson()));
  cluster.settle();
  cluster.podBecomes(test::runningPod(test::vmJson(), false));
  cluster.settle();
  cluster.guestRuns();
  cluster.settle();
  EXPECT_EQ(cluster.phase(), "Running");
  const auto& requests = cluster.requests();
  EXPECT_EQ(requests, (std::vector<std::string>{"create pods", "apply virtualmachines"}));
  cluster.now += 1h;
  cluster.settle();
  EXPECT_EQ(cluster.requestCount(), 2U);
}

TEST(VmReconciler, LivesThroughCrashAndHalt) {
  Cluster cluster;
  EXPECT_EQ(live(cluster), (std::vector<std::string>{"Running", "Failed", "Running", "Stopped"}));
  EXPECT_EQ(kube::intAt(cluster.vm(), "/status/restarts/total"), 1);
  EXPECT_EQ(cluster.events.reasons, std::vector<std::string>{"GuestEnded"});
}

// Whatever single request fails, before or after its effect, the VM ends where it would have ended without the fault.
TEST(VmReconciler, EndsInTheSamePlaceWhicheverRequestFails) {
  Cluster undisturbed;
  const auto phases = live(undisturbed);
  const std::size_t requests = undisturbed.requestCount();
  ASSERT_GT(requests, 6U);
  for (std::size_t failing = 1; failing <= requests + 2; ++failing) {
    Cluster cluster;
    cluster.fault = [failing](const kube::FakeRequest&, std::size_t n) -> std::optional<kube::Error> {
      return n == failing ? std::optional(serverError()) : std::nullopt;
    };
    EXPECT_EQ(live(cluster), phases) << "request " << failing << " failed";
    EXPECT_EQ(kube::intAt(cluster.vm(), "/status/restarts/total"), 1) << "request " << failing << " failed";
    EXPECT_FALSE(cluster.pod()) << "request " << failing << " failed";
  }
}

TEST(VmReconciler, SurvivesAServerThatFailsEveryOtherRequest) {
  Cluster cluster;
  cluster.fault = [](const kube::FakeRequest&, std::size_t n) -> std::optional<kube::Error> {
    return n % 2 == 1 ? std::optional(serverError()) : std::nullopt;
  };
  EXPECT_EQ(live(cluster).back(), "Stopped");
}

TEST(VmReconciler, TurnsAnExceededQuotaIntoOneConditionAndOneEventAndTriesAgain) {
  Cluster cluster;
  bool full = true;
  cluster.fault = [&](const kube::FakeRequest& request, std::size_t) -> std::optional<kube::Error> {
    if (full && request.verb == "create") {
      return kube::Error{
          kube::ErrorKind::Forbidden, "pods \"web\" is forbidden: exceeded quota: small", 403, {}, nullptr};
    }
    return std::nullopt;
  };
  cluster.createVm();
  for (int i = 0; i < 5; ++i) {
    const auto outcome = cluster.reconcile();
    ASSERT_TRUE(outcome);
    EXPECT_GT(outcome->requeueAfter, 0s);
  }
  EXPECT_EQ(cluster.readyReason(), "QuotaExceeded");
  EXPECT_EQ(cluster.events.reasons, std::vector<std::string>{"QuotaExceeded"});
  full = false;
  cluster.settle();
  EXPECT_TRUE(cluster.pod());
}

TEST(VmReconciler, NeverTouchesAStrangersPod) {
  Cluster cluster;
  Json stranger = kube::newObject(kube::kinds::Pod, {"shop", "web"});
  stranger["spec"] = Json::object();
  (void)cluster.server.create(kube::kinds::Pod, stranger).value();
  cluster.createVm();
  cluster.settle();
  EXPECT_EQ(cluster.readyReason(), "NameTaken");
  ASSERT_TRUE(cluster.pod());
  EXPECT_EQ(kube::annotationOf(*cluster.pod(), VmUidAnnotation), "");
}

TEST(VmReconciler, ExplainsAMissingSecretFromThePodsEvents) {
  Cluster cluster;
  Json vm = test::vmJson();
  vm["spec"]["cloudInit"] = {{"userDataSecretRef", {{"name", "web-init"}}}};
  cluster.createVm(vm);
  cluster.settle();
  cluster.podBecomes(test::waitingPod(vm, "ContainerCreating", ""));
  cluster.now += 30s;
  Json event = kube::newObject(kube::kinds::Event, {"shop", "e1"});
  event["reason"] = "FailedMount";
  event["regarding"] = {{"uid", kube::uidOf(*cluster.pod())}};
  event["note"] = "MountVolume.SetUp failed for volume \"userdata\" : secret \"web-init\" not found";
  (void)cluster.server.create(kube::kinds::Event, event).value();
  cluster.settle();
  EXPECT_EQ(cluster.readyReason(), "SecretNotFound");
  EXPECT_EQ(cluster.events.reasons, std::vector<std::string>{"SecretNotFound"});
}

TEST(VmReconciler, KeepsItsHandsOffTheAgentsPartOfStatus) {
  Cluster cluster;
  cluster.createVm();
  cluster.settle();
  cluster.podBecomes(test::runningPod(test::vmJson(), true));
  cluster.guestRuns();
  cluster.settle();
  EXPECT_EQ(kube::stringAt(cluster.vm(), "/status/guest/phase"), "Running");
  EXPECT_EQ(cluster.phase(), "Running");
}

TEST(VmReconciler, ReportsASpecItCannotReadInsteadOfActingOnIt) {
  Cluster cluster;
  Json vm = test::vmJson();
  vm["spec"]["memory"] = "lots";
  cluster.createVm(vm);
  cluster.settle();
  EXPECT_EQ(cluster.readyReason(), "InvalidSpec");
  EXPECT_FALSE(cluster.pod());
}

TEST(VmReconciler, DoesNothingForAVmThatIsGone) {
  Cluster cluster;
  cluster.settle();
  EXPECT_EQ(cluster.requestCount(), 0U);
}

}  // namespace
}  // namespace windlass::vm
