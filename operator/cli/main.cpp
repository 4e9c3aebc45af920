// windlass: plans upgrades, and shows what they do.
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "operator/cli/plan_command.h"

namespace {

int answer(const windlass::kube::Result<std::string>& text) {
  if (!text) {
    std::cerr << "windlass: " << text.error().toString() << "\n";
    return EXIT_FAILURE;
  }
  std::cout << *text;
  return EXIT_SUCCESS;
}

void declarePlan(CLI::App& app, windlass::ops::PlanFlags& flags, int& code) {
  CLI::App* plan = app.add_subcommand("plan", "every step of an upgrade, before anything happens; needs no cluster");
  plan->add_option("--from", flags.from, "the release that runs (default: spec.release of the cloud's file)");
  plan->add_option("--to", flags.to, "the release to reach")->required();
  plan->add_option("-f,--file", flags.cloudFile, "an OpenStackCloud; without it: a cloud with every service");
  plan->add_option("--observed", flags.observedFile,
                   "what is known of it: hosts, serviceRecords, runningRelease (YAML)");
  plan->add_option("--hosts", flags.hosts, "plan as if there were so many hosts")->check(CLI::Range(0, 100000));
  plan->add_option("--image-registry", flags.imageRegistry, "prefix of every image")->capture_default_str();
  plan->add_option("--compare", flags.compareWith, "an earlier plan (json or object): show what changed");
  plan->add_option("-o,--output", flags.output, "table, tree, json, svg or object (an UpgradePlan to apply)")
      ->check(CLI::IsMember({"table", "tree", "json", "svg", "object"}))
      ->capture_default_str();
  plan->callback([&] { code = answer(windlass::ops::planCommand(flags)); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Upgrades that are planned, shown and reversible up to a named point", "windlass"};
  app.require_subcommand(1);
  windlass::ops::PlanFlags planFlags;
  int code = EXIT_SUCCESS;
  app.add_option("--catalog", planFlags.catalog, "folder with charts/openstack and upgrades")->capture_default_str();
  app.fallthrough();
  declarePlan(app, planFlags, code);
  CLI11_PARSE(app, argc, argv);
  return code;
}
