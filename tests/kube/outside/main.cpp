// A program that knows Windlass only from its installed headers: a controller on the API server in memory.
#include <cstdio>

#include <kube/fake/fake_api_server.h>
#include <kube/object/kinds.h>
#include <kube/object/meta.h>
#include <kube/runtime/manager.h>

int main() {
  using namespace windlass::kube;
  const auto server = std::make_shared<FakeApiServer>();
  if (!server->create(kinds::Secret, newObject(kinds::Secret, {"ns", "a"}))) return 1;
  ManagerOptions options;
  options.component = "outside";
  Manager manager(server, options);
  Informer& secrets = manager.informer(kinds::Secret, {.metadataOnly = true});
  const auto reconcile = [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    std::printf("reconciled %s\n", key.toString().c_str());
    manager.stop();
    return ReconcileOutcome{};
  };
  manager.controller("secret", reconcile).reconciles(secrets);
  const Status ended = manager.run();
  if (!ended) std::printf("%s\n", ended.error().toString().c_str());
  return ended ? 0 : 1;
}
