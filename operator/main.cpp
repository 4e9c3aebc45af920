// windlass-operator: makes OpenStackCloud objects real.
#include <array>
#include <atomic>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "kube/client/connect.h"
#include "kube/client/rest_connect.h"
#include "kube/runtime/log.h"
#include "kube/runtime/manager.h"
#include "operator/catalog/catalog.h"
#include "operator/dashboard/dashboard.h"
#include "operator/reconcile/cloud_controller.h"
#include "operator/reconcile/cloud_reconciler.h"
#include "operator/reconcile/upgrade_controller.h"
#include "operator/reconcile/upgrade_reconciler.h"
#include "operator/traffic/gateway.h"

namespace {

using windlass::kube::ConnectOptions;
using windlass::kube::Error;

constexpr const char* kComponent = "windlass-operator";

struct Flags {
  std::string kubeconfig;
  std::string catalog = "/usr/share/windlass";
  std::string imageRegistry = "windlass.dev";
  std::string clusterDomain = "cluster.local";
  std::string watchNamespace;
  bool leaderElect = false;
  std::string leaseNamespace;
  std::string metricsAddress = "0.0.0.0:8080";
  std::string healthAddress = "0.0.0.0:8081";
  std::string dashboardAddress;
  std::string logLevel = "info";
};

void declare(CLI::App& app, Flags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig,
                 "kubeconfig file (default: $KUBECONFIG, in-cluster, ~/.kube/config)");
  app.add_option("--catalog", flags.catalog, "folder with charts/openstack and upgrades")->capture_default_str();
  app.add_option("--image-registry", flags.imageRegistry, "prefix of every image of the catalog")
      ->capture_default_str();
  app.add_option("--cluster-domain", flags.clusterDomain, "DNS domain of the cluster")->capture_default_str();
  app.add_option("--watch-namespace", flags.watchNamespace, "serve clouds of this namespace only (default: all)");
  app.add_flag("--leader-elect", flags.leaderElect, "work only while holding the Lease windlass-operator");
  app.add_option("--lease-namespace", flags.leaseNamespace, "namespace of the Lease (default: our own)");
  app.add_option("--metrics-address", flags.metricsAddress, "host:port of /metrics, empty: none")
      ->capture_default_str();
  app.add_option("--health-address", flags.healthAddress, "host:port of /healthz and /readyz, empty: none")
      ->capture_default_str();
  app.add_option("--dashboard-address", flags.dashboardAddress,
                 "host:port of the web pages, empty: none; without TLS, so on loopback, for kubectl port-forward");
  app.add_option("--log-level", flags.logLevel, "how much is logged")
      ->check(CLI::IsMember({"debug", "info", "warn", "err"}))
      ->capture_default_str();
}

int complain(const std::string& what, const Error& error) {
  windlass::kube::logError(what, {{"error", error.toString()}});
  return EXIT_FAILURE;
}

std::string processIdentity() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const auto random = windlass::ops::cryptoRandom(4);
  std::string suffix = std::to_string(getpid());
  for (const char byte : random.value_or("")) suffix += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return fmt::format("{}_{}", host.data(), suffix);
}

// On every replica: whoever is reached answers.
windlass::kube::Status addDashboard(windlass::kube::Manager& manager, const ConnectOptions& connection,
                                    const Flags& flags) {
  ConnectOptions own = connection;
  own.qps = 10;
  own.burst = 20;
  own.userAgent = std::string(kComponent) + "-dashboard";
  WINDLASS_TRY_ASSIGN(auto client, windlass::kube::connect(own));
  manager.runnable("dashboard", false, [client, flags](const std::atomic<bool>& stopping) {
    windlass::ops::Dashboard dashboard(*client, flags.watchNamespace);
    windlass::kube::HttpServer server(flags.dashboardAddress);
    dashboard.serveOn(server);
    if (const auto port = server.start(); port)
      windlass::kube::logInfo("the dashboard is served", {{"port", std::to_string(*port)}});
    else
      windlass::kube::logError("no dashboard", {{"error", port.error().toString()}});
    stopping.wait(false);
  });
  return {};
}

int serve(const Flags& flags) {
  const std::filesystem::path folder = flags.catalog;
  const auto catalog = windlass::ops::readCatalog(folder / "charts/openstack", folder / "upgrades");
  if (!catalog) return complain("cannot read the catalog in " + flags.catalog, catalog.error());

  ConnectOptions connection;
  connection.kubeconfig = flags.kubeconfig;
  connection.userAgent = kComponent;
  auto client = windlass::kube::connectRest(connection);
  if (!client) return complain("cannot use the cluster", client.error());

  windlass::kube::ManagerOptions options;
  options.component = kComponent;
  options.metricsAddress = flags.metricsAddress;
  options.healthAddress = flags.healthAddress;
  if (flags.leaderElect) {
    auto ns = flags.leaseNamespace.empty() ? windlass::kube::currentNamespace(connection) : flags.leaseNamespace;
    if (!ns) return complain("cannot tell the namespace of the Lease (see --lease-namespace)", ns.error());
    auto leaseClient = windlass::kube::connect(forLease(connection, options.leaderElection.renewDeadline));
    if (!leaseClient) return complain("cannot use the cluster", leaseClient.error());
    options.leaderElection.enabled = true;
    options.leaderElection.ns = *ns;
    options.leaderElection.name = kComponent;
    options.leaderElection.identity = processIdentity();
    options.leaseClient = *leaseClient;
  }

  windlass::kube::Manager manager(*client, options);
  manager.handleSignals();
  windlass::ops::RenderContext context;
  context.imageRegistry = flags.imageRegistry;
  context.clusterDomain = flags.clusterDomain;
  windlass::ops::CloudReconciler reconciler({manager.client(), manager.events()}, *catalog, context);
  windlass::ops::addCloudController(manager, reconciler, flags.watchNamespace);
  windlass::ops::ReconcilerWorld ofUpgrades{manager.fencedClient(), manager.events()};
  ofUpgrades.openGateway = [&rest = **client](const windlass::kube::ObjectKey& pod, const std::string& maps) {
    return windlass::ops::makeGateway(rest, pod, maps);
  };
  windlass::ops::UpgradeReconciler upgrades(std::move(ofUpgrades), *catalog, context);
  windlass::ops::addUpgradeController(manager, upgrades, flags.watchNamespace);
  if (!flags.dashboardAddress.empty())
    if (const auto added = addDashboard(manager, connection, flags); !added)
      return complain("cannot serve the dashboard", added.error());
  windlass::kube::logInfo("the operator starts",
                          {{"releases", fmt::format("{}", fmt::join(catalog->releaseIds(), ","))}});
  if (const auto ended = manager.run(); !ended) return complain("the operator stops", ended.error());
  windlass::kube::logInfo("the operator ends");
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Raises OpenStack clouds on Kubernetes and keeps them up", kComponent};
  Flags flags;
  declare(app, flags);
  CLI11_PARSE(app, argc, argv);
  setenv("WINDLASS_LOG", flags.logLevel == "err" ? "error" : flags.logLevel.c_str(),
         1);  // read at the first line that is logged
  return serve(flags);
}
