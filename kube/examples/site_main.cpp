// site-controller FOLDER [NAMESPACE of the Lease]: needs the CRD (site-crd.yaml) and a kubeconfig.
#include <cstdio>

#include "kube/client/connect.h"
#include "kube/examples/site_controller.h"

int main(int argc, char** argv) {
  using namespace windlass::kube;  // NOLINT(google-build-using-namespace): an example, read from top to bottom
  if (argc < 2) return std::fprintf(stderr, "usage: site-controller FOLDER [NAMESPACE]\n"), 2;
  ConnectOptions connection;
  connection.userAgent = "site-controller";
  const auto client = connect(connection);
  if (!client) return std::fprintf(stderr, "%s\n", client.error().toString().c_str()), 1;
  ManagerOptions options;
  options.component = "site-controller";
  options.leaderElection.enabled = argc > 2;
  options.leaderElection.ns = argc > 2 ? argv[2] : "";
  options.leaderElection.name = "site-controller";
  Manager manager(*client, options);
  manager.handleSignals();
  windlass::example::addSiteController(manager, windlass::example::PageFolder(argv[1]));
  const Status ended = manager.run();
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().toString().c_str());
  return ended ? 0 : 1;
}
