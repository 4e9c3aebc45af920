// A whole controller: every Greeting owns a ConfigMap that carries its text. Try it (crd.yaml and sample.yaml are
// beside this file):  kubectl apply -f crd.yaml -f sample.yaml;  greeting-controller [namespace of the Lease]
#include <cstdio>

#include "kube/client/connect.h"
#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/manager.h"

int main(int argc, char** argv) {
  using namespace windlass::kube;  // NOLINT(google-build-using-namespace): an example, read from top to bottom
  const ResourceKind Greeting{"example.windlass.dev", "v1", "Greeting", "greetings", true};
  const ApplyOptions Mine{"greeting-controller", true, false};
  ConnectOptions connection;
  connection.userAgent = Mine.fieldManager;
  const auto client = connect(connection);
  if (!client) return std::fprintf(stderr, "%s\n", client.error().toString().c_str()), 1;
  ManagerOptions options;
  options.component = Mine.fieldManager;
  options.leaderElection.enabled = argc > 1;
  options.leaderElection.ns = argc > 1 ? argv[1] : "";
  options.leaderElection.name = Mine.fieldManager;
  Manager manager(*client, options);
  manager.handleSignals();

  Informer& greetings = manager.informer(Greeting);
  Informer& configMaps = manager.informer(kinds::ConfigMap);
  const auto reconcile = [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const ObjectPtr greeting = greetings.get(key);
    if (!greeting || isDeleting(*greeting)) return ReconcileOutcome{};  // the garbage collector takes the ConfigMap
    Json config = newObject(kinds::ConfigMap, key);
    config["data"]["text"] = stringAt(*greeting, "/spec/text");
    WINDLASS_TRY(setController(config, *greeting, Greeting));
    WINDLASS_TRY(manager.client().apply(kinds::ConfigMap, config, Mine));

    Json status = newObject(Greeting, key);
    const Json* conditions = find(*greeting, "/status/conditions");
    status["status"]["conditions"] = conditions ? *conditions : Json::array();
    if (setCondition(status["status"]["conditions"], {"Ready", "True", "Said", "", generationOf(*greeting)},
                     std::chrono::system_clock::now())) {
      WINDLASS_TRY(manager.client().apply(Greeting, status, Mine, "status"));
      manager.events().record(Greeting, *greeting, {EventType::Normal, "Said", "Reconcile", "the ConfigMap says it"});
    }
    return ReconcileOutcome{};
  };
  manager.controller("greeting", reconcile)
      .watches(greetings, mapToSelf(), specChanged)
      .watches(configMaps, mapToOwner(Greeting));
  const Status ended = manager.run();
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().toString().c_str());
  return ended ? 0 : 1;
}
