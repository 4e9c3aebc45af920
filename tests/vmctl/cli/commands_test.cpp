#include "vmctl/cli/commands.h"

#include <atomic>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "vmctl/cli/console.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm::cli {
namespace {

using kube::Json;
using namespace std::chrono_literals;

class Commands : public testing::Test {
 protected:
  kube::FakeApiServer server;
  std::ostringstream out;
  std::ostringstream progress;
  Terminal terminal{out, progress};
  const kube::ObjectKey key{"shop", "web"};

  Request request(std::chrono::seconds timeout = 10s) {
    Request result;
    result.ns = "shop";
    result.name = "web";
    result.timeout = timeout;
    return result;
  }

  void createVm(const char* strategy) {
    Json vm = kube::newObject(VirtualMachineKind, key);
    vm["spec"] = {{"runStrategy", strategy}, {"memory", "128Mi"}, {"image", {{"reference", "x"}}}};
    (void)server.create(VirtualMachineKind, vm).value();
  }
  Json vm() { return server.get(VirtualMachineKind, key).value(); }

  void report(const char* phase, const char* message = "", const char* podUid = "pod-1") {
    Json now = vm();
    now["status"] = {
        {"phase", phase}, {"message", message}, {"podUID", podUid}, {"observedGeneration", kube::generationOf(now)}};
    (void)server.update(VirtualMachineKind, now, "status").value();
  }
};

TEST_F(Commands, StopHaltsTheVmAndReturnsWhenItIsOff) {
  createVm("Always");
  report("Running");
  std::thread controller([&] {
    while (kube::stringAt(vm(), "/spec/runStrategy") != "Halted") std::this_thread::sleep_for(5ms);
    report("Stopping", "waiting for the guest to shut down");
    std::this_thread::sleep_for(50ms);
    report("Stopped");
  });
  EXPECT_EQ(stop(server, request(), terminal), Done);
  controller.join();
  EXPECT_EQ(out.str(), "web is stopped\n");
  EXPECT_NE(progress.str().find("web: Stopping: waiting for the guest to shut down"), std::string::npos);
}

TEST_F(Commands, StopDoesNotTakeAnOlderStoppedForAnAnswer) {
  createVm("Always");
  report("Stopped");  // of the generation before
  EXPECT_EQ(stop(server, request(1s), terminal), TimedOut);
  EXPECT_NE(progress.str().find("not there yet after 1 s"), std::string::npos);
}

TEST_F(Commands, StartSurvivesAnApiServerThatCutsItsWatches) {
  createVm("Halted");
  report("Stopped");
  std::thread controller([&] {
    for (int i = 0; i < 3; ++i) {
      std::this_thread::sleep_for(50ms);
      server.closeWatches(i % 2 == 0);
    }
    report("Running");
  });
  EXPECT_EQ(start(server, request(), terminal), Done);
  controller.join();
  EXPECT_EQ(kube::stringAt(vm(), "/spec/runStrategy"), "Always");
}

TEST_F(Commands, NoWaitReturnsAtOnce) {
  createVm("Always");
  auto now = request();
  now.wait = false;
  EXPECT_EQ(stop(server, now, terminal), Done);
}

TEST_F(Commands, RestartDeletesThePodAndWaitsForTheNextOne) {
  createVm("Always");
  Json pod = kube::newObject(kube::kinds::Pod, key);
  pod["metadata"]["annotations"][std::string(VmUidAnnotation)] = kube::uidOf(vm());
  pod["spec"] = Json::object();
  const auto uid = kube::uidOf(server.create(kube::kinds::Pod, pod).value());
  report("Running", "", uid.c_str());
  std::thread controller([&] {
    while (server.get(kube::kinds::Pod, key)) std::this_thread::sleep_for(5ms);
    report("Running", "", "pod-2");
  });
  EXPECT_EQ(restart(server, request(), terminal), Done);
  controller.join();
  EXPECT_EQ(out.str(), "web runs again\n");
}

TEST_F(Commands, RestartLeavesAStrangersPodAlone) {
  createVm("Always");
  Json pod = kube::newObject(kube::kinds::Pod, key);
  pod["spec"] = Json::object();
  (void)server.create(kube::kinds::Pod, pod).value();
  EXPECT_EQ(restart(server, request(), terminal), Failed);
  EXPECT_TRUE(server.get(kube::kinds::Pod, key));
}

TEST_F(Commands, RestartOfAHaltedVmNamesTheCommandThatHelps) {
  createVm("Halted");
  EXPECT_EQ(restart(server, request(), terminal), Failed);
  EXPECT_NE(progress.str().find("vmctl start web"), std::string::npos);
}

TEST_F(Commands, AMissingVmIsNamedWithItsNamespaceAndARemedy) {
  EXPECT_EQ(status(server, request(), terminal), Failed);
  EXPECT_EQ(progress.str(),
            "vmctl: there is no VirtualMachine 'web' in namespace 'shop'; 'vmctl list -A' shows them all\n");
}

TEST_F(Commands, AnEmptyListSaysSoAndSucceeds) {
  EXPECT_EQ(list(server, request(), terminal), Done);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(progress.str(), "no VirtualMachines in namespace 'shop'\n");
}

TEST_F(Commands, ListAsJsonIsAListThatProgramsCanRead) {
  createVm("Always");
  auto json = request();
  json.format = Format::Json;
  EXPECT_EQ(list(server, json, terminal), Done);
  const Json read = Json::parse(out.str());
  EXPECT_EQ(read["kind"], "List");
  EXPECT_EQ(read["items"].size(), 1U);
}

TEST_F(Commands, ADeniedRequestSaysWhoCanHelp) {
  server.setFaultInjector([](const kube::FakeRequest&) -> std::optional<kube::Error> {
    return kube::Error{kube::ErrorKind::Forbidden, "virtualmachines is forbidden", 403, {}, nullptr};
  });
  EXPECT_EQ(stop(server, request(), terminal), Failed);
  EXPECT_NE(progress.str().find("ask an administrator"), std::string::npos);
}

TEST_F(Commands, TheConsoleOfAHaltedVmSaysWhereToLook) {
  createVm("Halted");
  report("Stopped");
  EXPECT_EQ(console(server, request(), {}, terminal), Failed);
  EXPECT_EQ(progress.str(), "vmctl: 'web' has no console now, it is Stopped; 'vmctl status web' says why\n");
}

TEST(Console, ForwardsEverythingUpToTheEscapeKey) {
  EXPECT_EQ(typed("ls\r").forGuest, "ls\r");
  EXPECT_FALSE(typed("ls\r").leave);
  EXPECT_EQ(typed("l\x1ds").forGuest, "l");
  EXPECT_TRUE(typed("l\x1ds").leave);
}

TEST(Console, AttachesToTheGuestsContainerInTheChosenCluster) {
  Request request;
  request.ns = "shop";
  request.name = "web";
  EXPECT_EQ(attachCommand(request, {"/k", "c", 20}),
            (std::vector<std::string>{"kubectl", "--namespace", "shop", "--kubeconfig", "/k", "--context", "c",
                                      "attach", "--stdin", "--quiet", "--container", "guest", "web"}));
}

TEST_F(Commands, WaitingEndsWhenTheVmIsDeletedMeanwhile) {
  createVm("Always");
  report("Running");
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    (void)server.remove(VirtualMachineKind, key, {});
  });
  EXPECT_EQ(stop(server, request(), terminal), Failed);
  other.join();
}

}  // namespace
}  // namespace windlass::vm::cli
