// The benchmark's controller with Windlass: every Greeting owns a ConfigMap that carries its text. The protocol with
// the harness (environment and lines on stdout) is in tests/bench/README.md.
#include <cstdio>
#include <cstdlib>

#include "kube/client/connect.h"
#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/manager.h"
#include "progress.h"

namespace {

using namespace windlass::kube;  // NOLINT(google-build-using-namespace): a program of one file
namespace bench = windlass::bench;

const ResourceKind Greeting{"example.windlass.dev", "v1", "Greeting", "greetings", true};
const ApplyOptions Blind{"bench", true, false, false};  // its answer is not read
const ApplyOptions Mine{"bench", true, false, true};    // the next reconcile finds what this one wrote

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Json configMapFor(const ObjectKey& key, const Json& greeting) {
  Json config = newObject(kinds::ConfigMap, key);
  config["data"]["text"] = stringAt(greeting, "/spec/text");
  return config;
}

void addController(Manager& manager, bench::Progress& progress) {
  Informer& greetings = manager.informer(Greeting);
  const auto reconcile = [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const ObjectPtr greeting = greetings.get(key);
    if (!greeting || isDeleting(*greeting)) return ReconcileOutcome{};
    Json config = configMapFor(key, *greeting);
    WINDLASS_TRY(setController(config, *greeting, Greeting));
    WINDLASS_TRY(manager.client().apply(kinds::ConfigMap, config, Blind));
    Json status = newObject(Greeting, key);
    const Json* conditions = find(*greeting, "/status/conditions");
    status["status"]["conditions"] = conditions ? *conditions : Json::array();
    if (setCondition(status["status"]["conditions"], {"Ready", "True", "Said", "", generationOf(*greeting)},
                     std::chrono::system_clock::now()))
      WINDLASS_TRY(manager.client().apply(Greeting, status, Mine, "status"));
    progress.reconciled(key.name, stringAt(*greeting, "/spec/text"));
    return ReconcileOutcome{};
  };
  manager.controller("greeting", reconcile)
      .watches(greetings, mapToSelf(), specChanged)
      .watches(manager.informer(kinds::ConfigMap), mapToOwner(Greeting))
      .workers(std::atoi(variable("BENCH_WORKERS").c_str()));
}

// Holds the metadata of all pods and says how many when they are there.
void cachePods(Manager& manager, std::atomic<int>& count) {
  InformerOptions options;
  options.ns = variable("BENCH_NAMESPACE");
  options.metadataOnly = true;
  options.streamedList = true;  // whole Pods are never held in one answer
  manager.informer(kinds::Pod, options).addHandler([&count](const InformerEvent& event) {
    if (event.type == InformerEvent::Type::Add) ++count;
  });
  manager.runnable("report", false,
                   [&count](const auto&) { bench::say("synced objects=" + std::to_string(count.load())); });
}

}  // namespace

int main() {
  ConnectOptions connection;
  connection.userAgent = "bench-windlass";
  connection.qps = 0;  // no peer has a client-side limit here
  const auto client = connect(connection);
  if (!client) return std::fprintf(stderr, "%s\n", client.error().toString().c_str()), 1;
  ManagerOptions options;
  options.component = "bench";
  Manager manager(*client, options);
  manager.handleSignals();
  bench::Progress progress(std::strtoul(variable("BENCH_PARENTS").c_str(), nullptr, 10));
  std::atomic<int> pods{0};
  if (variable("BENCH_MODE") == "cache-pods")
    cachePods(manager, pods);
  else
    addController(manager, progress);
  const Status ended = manager.run();
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().toString().c_str());
  return ended ? 0 : 1;
}
