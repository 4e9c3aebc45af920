// vmctl: what people do with virtual machines.
#include <iostream>

#include <CLI/CLI.hpp>

#include "kube/client/connect.h"
#include "vmctl/cli/commands.h"
#include "vmctl/cli/console.h"

namespace {

namespace kube = windlass::kube;
namespace cli = windlass::vm::cli;

constexpr const char* Version = "0.1.0";
constexpr const char* Footer = R"(Examples:
  vmctl list -A                      every virtual machine of the cluster
  vmctl -n shop stop web             shut the guest down and keep it off; returns when it is off
  vmctl -n shop restart web          shut it down and start it with the spec as it is now
  vmctl -n shop console web          type into it
  vmctl -n shop status web -o yaml   everything the cluster knows about it

Exit codes: 0 done, 1 refused or cluster not reachable, 2 wrong command line, 3 made, but the state waited for did not come in time.)";

using Command = int (*)(kube::Client&, const cli::Request&, cli::Terminal);

struct Line {
  kube::ConnectOptions connect;
  cli::Request request;
  std::string format = "table";
  int timeoutSeconds = 300;
  bool noWait = false;
  Command command = nullptr;
  bool version = false;
  bool console = false;
};

void addName(CLI::App* command, Line& line) {
  command->add_option("name", line.request.name, "name of the VirtualMachine")->required();
}

void addWaiting(CLI::App* command, Line& line) {
  command->add_flag("--no-wait", line.noWait, "return as soon as the cluster knows what is wanted");
  command->add_option("--timeout", line.timeoutSeconds, "seconds to wait")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
}

CLI::App* addCommand(CLI::App& app, Line& line, const char* name, const char* about, Command command) {
  auto* sub = app.add_subcommand(name, about);
  sub->fallthrough();
  sub->callback([&line, command] { line.command = command; });
  return sub;
}

void declare(CLI::App& app, Line& line) {
  app.require_subcommand(1);
  app.footer(Footer);
  app.add_option("-n,--namespace", line.request.ns, "namespace (default: that of the context)");
  app.add_option("--kubeconfig", line.connect.kubeconfig,
                 "kubeconfig file (default: $KUBECONFIG, else ~/.kube/config)");
  app.add_option("--context", line.connect.context, "context in the kubeconfig");
  app.add_option("-o,--output", line.format, "table, json or yaml")
      ->check(CLI::IsMember({"table", "json", "yaml"}))
      ->capture_default_str();
  auto* list = addCommand(app, line, "list", "show virtual machines", cli::list);
  list->add_flag("-A,--all-namespaces", line.request.allNamespaces, "of every namespace");
  addName(addCommand(app, line, "status", "show one virtual machine and what it waits for", cli::status), line);
  auto* start = addCommand(app, line, "start", "start the guest and keep it running (runStrategy: Always)", cli::start);
  auto* stop = addCommand(app, line, "stop", "shut the guest down and keep it off (runStrategy: Halted)", cli::stop);
  auto* restart =
      addCommand(app, line, "restart", "shut the guest down and start it with the spec as it is now", cli::restart);
  for (auto* command : {start, stop, restart}) {
    addName(command, line);
    addWaiting(command, line);
  }
  auto* console = app.add_subcommand("console", "the guest's serial console in this terminal; Ctrl-] leaves it");
  console->fallthrough();
  console->callback([&line] { line.console = true; });
  addName(console, line);
  app.add_subcommand("version", "show the version")->callback([&line] { line.version = true; });
}

cli::Format formatOf(const std::string& name) {
  if (name == "json") return cli::Format::Json;
  return name == "yaml" ? cli::Format::Yaml : cli::Format::Table;
}

int run(Line& line) {
  line.request.format = formatOf(line.format);
  line.request.wait = !line.noWait;
  line.request.timeout = std::chrono::seconds(line.timeoutSeconds);
  line.connect.userAgent = std::string("vmctl/") + Version;
  const auto client = kube::connect(line.connect);
  if (!client) {
    std::cerr << "vmctl: " << client.error().toString() << std::endl;
    return cli::Failed;
  }
  if (line.request.ns.empty()) line.request.ns = kube::currentNamespace(line.connect).value_or("default");
  if (line.console) {
    return cli::console(**client, line.request, {line.connect.kubeconfig, line.connect.context, 20},
                        {std::cout, std::cerr});
  }
  return line.command(**client, line.request, {std::cout, std::cerr});
}

}  // namespace

int main(int argc, char** argv) {
  Line line;
  CLI::App app{"Virtual machines on Kubernetes: list, start, stop, restart, look inside.", "vmctl"};
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? cli::Done : cli::Usage;
  }
  if (line.version) {
    std::cout << "vmctl " << Version << std::endl;
    return cli::Done;
  }
  return run(line);
}
