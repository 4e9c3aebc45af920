// scale-agents COUNT: as many watches as COUNT node agents have, each of the pods on its node.
#include "crews.h"
#include "kube/runtime/manager.h"

int main(int argc, char** argv) {
  using namespace windlass::kube;  // NOLINT(google-build-using-namespace): a main()
  if (argc != 2) return std::fprintf(stderr, "usage: scale-agents COUNT\n"), 2;
  const auto client = scale::connectOrExit("scale-agents");
  ManagerOptions options;
  options.component = "scale-agents";
  Manager manager(client, options);
  manager.handleSignals();
  for (int i = 0; i < std::atoi(argv[1]); ++i) {
    InformerOptions onNode;
    onNode.fieldSelector = "spec.nodeName=node-" + std::to_string(i);
    onNode.metadataOnly = true;
    manager.informer(kinds::Pod, onNode);
  }
  const Status ended = manager.run();
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().toString().c_str());
  return ended ? 0 : 1;
}
