// windlass: plans upgrades, and shows what they do.
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "kube/client/connect.h"
#include "operator/cli/explain_command.h"
#include "operator/cli/plan_command.h"
#include "operator/cli/results_command.h"
#include "operator/cli/simulate_command.h"
#include "operator/cli/status_command.h"
#include "operator/cli/terminal.h"
#include "operator/cli/upgrade_command.h"
#include "operator/cli/watch_command.h"

namespace {

int answer(const windlass::kube::Result<std::string>& text) {
  if (!text) {
    std::cerr << "windlass: " << text.error().toString() << "\n";
    return EXIT_FAILURE;
  }
  std::cout << *text;
  return EXIT_SUCCESS;
}

// Where the cluster is, and which namespace is meant.
struct ClusterFlags {
  windlass::kube::ConnectOptions connect;
  std::string ns;
};

void declareCluster(CLI::App& app, ClusterFlags& flags) {
  flags.connect.userAgent = "windlass";
  app.add_option("-n,--namespace", flags.ns, "namespace (default: that of the context)");
  app.add_option("--kubeconfig", flags.connect.kubeconfig,
                 "kubeconfig file (default: $KUBECONFIG, else ~/.kube/config)");
  app.add_option("--context", flags.connect.context, "context in the kubeconfig");
}

// Calls `command` with a client and the namespace.
template <class Command>
int onCluster(const ClusterFlags& flags, Command command) {
  auto ns = flags.ns.empty() ? windlass::kube::currentNamespace(flags.connect)
                             : windlass::kube::Result<std::string>(flags.ns);
  if (!ns) return answer(tl::unexpected(ns.error()));
  const auto client = windlass::kube::connect(flags.connect);
  if (!client) return answer(tl::unexpected(client.error()));
  return answer(command(**client, *ns));
}

void declarePlan(CLI::App& app, windlass::ops::PlanFlags& flags, const ClusterFlags& cluster, std::string& cloud,
                 int& code) {
  CLI::App* plan = app.add_subcommand(
      "plan", "every step of an upgrade, before anything happens; from files, or (--cloud) of a cloud on a cluster");
  plan->add_option("--from", flags.from, "the release that runs (default: spec.release of the cloud's file)");
  auto* to = plan->add_option("--to", flags.to, "the release to reach (with --cloud: spec.release of the cloud)");
  auto* ofCluster = plan->add_option("--cloud", cloud, "an OpenStackCloud of the cluster, as it is now");
  plan->add_option("-f,--file", flags.cloudFile, "an OpenStackCloud; without it: a cloud with every service")
      ->excludes(ofCluster);
  plan->add_option("--observed", flags.observedFile,
                   "what is known of it: hosts, serviceRecords, runningRelease (YAML)");
  plan->add_option("--hosts", flags.hosts, "plan as if there were so many hosts")->check(CLI::Range(0, 100000));
  plan->add_option("--image-registry", flags.imageRegistry, "prefix of every image")->capture_default_str();
  plan->add_option("--compare", flags.compareWith, "an earlier plan (json or object): show what changed");
  plan->add_option("-o,--output", flags.output, "table, tree, json, svg or object (an UpgradePlan to apply)")
      ->check(CLI::IsMember({"table", "tree", "json", "svg", "object"}))
      ->capture_default_str();
  plan->callback([&, to] {
    if (cloud.empty() && to->empty()) throw CLI::RequiredError("--to");
    if (cloud.empty()) {
      code = answer(windlass::ops::planCommand(flags));
    } else {
      code = onCluster(cluster, [&](windlass::kube::Client& client, const std::string& ns) {
        return windlass::ops::planOfCluster(client, {ns, cloud}, flags);
      });
    }
  });
}

void declareWatch(CLI::App& upgrade, windlass::ops::WatchFlags& flags, const ClusterFlags& cluster, int& code) {
  CLI::App* watch = upgrade.add_subcommand(
      "watch", "shows a run as it goes until it is over; ends with 1 when it was taken back or stopped");
  watch->fallthrough();
  watch->add_option("name", flags.run.name, "name of the UpgradeRun")->required();
  watch
      ->add_option_function<int>(
          "--timeout", [&flags](int seconds) { flags.timeout = std::chrono::seconds(seconds); },
          "seconds to watch at most (default: to its end)")
      ->check(CLI::Range(1, 1000000));
  watch->callback([&] {
    code = onCluster(cluster, [&](windlass::kube::Client& client, const std::string& ns) {
      flags.run.ns = ns;
      return windlass::ops::watchRun(client, flags, windlass::ops::stdoutView());
    });
  });
}

CLI::App* declareUpgrade(CLI::App& app, windlass::ops::UpgradeFlags& flags, const ClusterFlags& cluster, int& code) {
  using windlass::ops::UpgradeFlags;
  using Command = windlass::kube::Result<std::string> (*)(windlass::kube::Client&, const UpgradeFlags&);
  CLI::App* upgrade = app.add_subcommand("upgrade", "carries out a plan on a cluster, step by step");
  upgrade->require_subcommand(1);
  upgrade->fallthrough();
  const auto add = [&, upgrade](const char* name, const char* about, const char* what, Command command) {
    CLI::App* sub = upgrade->add_subcommand(name, about);
    sub->fallthrough();
    sub->add_option("name", flags.name, what)->required();
    sub->callback([&, command] {
      code = onCluster(cluster, [&](windlass::kube::Client& client, const std::string& ns) {
        flags.ns = ns;
        return command(client, flags);
      });
    });
    return sub;
  };
  const char* run = "name of the UpgradeRun";
  CLI::App* approve =
      add("approve", "begins to carry out a plan", "name of the UpgradePlan", windlass::ops::approvePlan);
  approve->add_option("--hash", flags.hash, "hash of the plan, as it was read")->required();
  approve->add_option("--run", flags.run, "name of the new UpgradeRun (default: that of the plan)");
  approve->add_option("--canary-policy", flags.canaryPolicy, "name of a CanaryPolicy (default: the defaults)");
  add("pause", "stops between two steps; holds a canary in its stage", run, windlass::ops::pauseRun);
  add("resume", "goes on after a pause or a failure", run, windlass::ops::resumeRun);
  add("rollback", "takes everything back, before the point of no return", run, windlass::ops::rollBackRun);
  CLI::App* restore = add("restore", "goes back beyond the point of no return, by the backups of the run", run,
                          windlass::ops::restoreRun);
  restore->add_flag("--accept-data-loss", flags.acceptDataLoss,
                    "what was written since the backups is lost, to the services whose databases are put back");
  add("contract", "says that the old release will not be needed any more", run, windlass::ops::approveContract);
  CLI::App* acknowledge = add("acknowledge", "answers questions with yes, lets canaries pass without a verdict", run,
                              windlass::ops::acknowledgeGates);
  acknowledge->add_option("gates", flags.gates, "ids of questions, and of canary steps (with the stage or without)")
      ->required();
  add("status", "where it is, what it waits for, what may be done", run, windlass::ops::showRun);
  return upgrade;
}

void declareStatus(CLI::App& app, std::string& cloud, const ClusterFlags& cluster, int& code) {
  CLI::App* status = app.add_subcommand("status", "the clouds of a namespace, in short");
  status->add_option("cloud", cloud, "an OpenStackCloud (default: all)");
  status->callback([&] {
    code = onCluster(cluster, [&](windlass::kube::Client& client, const std::string& ns) {
      return windlass::ops::showClouds(client, ns, cloud);
    });
  });
}

void declareExplain(CLI::App& app, std::string& object, const ClusterFlags& cluster, int& code) {
  CLI::App* explain = app.add_subcommand(
      "explain", "what a pod or workload of a cloud is made of, what changed it last, why it restarted last");
  explain->add_option("object", object, "pod/NAME, deployment/NAME, statefulset/NAME, daemonset/NAME or job/NAME")
      ->required();
  explain->callback([&] {
    code = onCluster(cluster, [&](windlass::kube::Client& client, const std::string& ns) {
      return windlass::ops::explainObject(client, ns, object);
    });
  });
}

void declareSimulate(CLI::App& app, windlass::ops::SimulateFlags& flags, const std::string& catalog, int& code) {
  CLI::App* simulate =
      app.add_subcommand("simulate", "walks plans through a model cloud, with faults; needs no cluster");
  simulate->add_option("--from", flags.from, "one hop only, with --to (default: every legal hop)");
  simulate->add_option("--to", flags.to, "one hop only, with --from");
  simulate->add_flag("--all", flags.all, "every step with every fault, before the random runs");
  simulate->add_option("--seed", flags.seed, "of the first random run; each further one adds 1")->capture_default_str();
  simulate->add_option("--runs", flags.runs, "random runs of each hop, one to four faults each")
      ->check(CLI::Range(0, 100000000))
      ->capture_default_str();
  simulate->add_option("--hosts", flags.hosts, "hosts of the simulated cloud")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  simulate->callback([&] {
    flags.catalog = catalog;
    code = answer(windlass::ops::simulateCommand(flags));
  });
}

void declareResults(CLI::App& app, windlass::ops::ResultsFlags& flags, int& code) {
  CLI::App* results = app.add_subcommand("results", "histories of test runs; needs no cluster");
  results->require_subcommand(1);
  CLI::App* merge = results->add_subcommand("merge", "shows the histories of several installations as one grid");
  merge->add_option("folders", flags.folders, "FOLDER or NAME=FOLDER, each with logs/<job>/<build>/ (tools/nightly)")
      ->required();
  merge->add_option("--builds", flags.builds, "the newest of each job of an installation")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  merge->add_option("-o,--output", flags.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  merge->callback([&] { code = answer(windlass::ops::mergeResults(flags)); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Upgrades that are planned, shown and reversible up to a named point", "windlass"};
  app.require_subcommand(1);
  windlass::ops::PlanFlags planFlags;
  windlass::ops::SimulateFlags simulateFlags;
  int code = EXIT_SUCCESS;
  app.add_option("--catalog", planFlags.catalog, "folder with charts/openstack and upgrades")->capture_default_str();
  app.fallthrough();
  ClusterFlags cluster;
  std::string cloud;
  windlass::ops::UpgradeFlags upgradeFlags;
  declareCluster(app, cluster);
  declarePlan(app, planFlags, cluster, cloud, code);
  windlass::ops::WatchFlags watchFlags;
  CLI::App* upgrade = declareUpgrade(app, upgradeFlags, cluster, code);
  declareWatch(*upgrade, watchFlags, cluster, code);
  declareSimulate(app, simulateFlags, planFlags.catalog, code);
  std::string shownCloud;
  declareStatus(app, shownCloud, cluster, code);
  std::string explained;
  declareExplain(app, explained, cluster, code);
  windlass::ops::ResultsFlags resultsFlags;
  declareResults(app, resultsFlags, code);
  CLI11_PARSE(app, argc, argv);
  return code;
}
