#include "vmctl/cli/commands.h"

#include <ostream>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "vmctl/cli/wait.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm::cli {

using kube::ErrorKind;
using kube::Json;

namespace {

int failWith(const kube::Error& error, const Request& request, Terminal terminal) {
  terminal.progress << "vmctl: " << explain(error, request) << std::endl;
  return error.kind == ErrorKind::Timeout ? TimedOut : Failed;
}

void show(const Json& object, const Request& request, Terminal terminal, kube::TimePoint now) {
  switch (request.format) {
    case Format::Json:
      terminal.out << asJson(object);
      break;
    case Format::Yaml:
      terminal.out << asYaml(object);
      break;
    case Format::Table:
      terminal.out << statusText(object, now);
      break;
  }
}

kube::Result<Json> setRunStrategy(kube::Client& client, const Request& request, const char* strategy) {
  return client.patch(VirtualMachineKind, {request.ns, request.name}, kube::PatchType::Merge,
                      Json{{"spec", {{"runStrategy", strategy}}}});
}

// Status that speaks of this generation of the spec, or a later one.
bool isCurrent(const Json& vm, std::int64_t generation) {
  return kube::intAt(vm, "/status/observedGeneration") >= generation;
}

bool isPhase(const Json& vm, std::string_view phase) {
  return kube::stringAt(vm, "/status/phase") == phase;
}

int finish(kube::Client& client, const Request& request, Terminal terminal, const char* what,
           const std::function<bool(const Json&)>& done) {
  if (!request.wait) return Done;
  const auto waited = waitUntil(client, {request.ns, request.name}, request.timeout, done, terminal.progress);
  if (!waited) return failWith(waited.error(), request, terminal);
  terminal.out << request.name << " " << what << "\n";
  return Done;
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

int list(kube::Client& client, const Request& request, Terminal terminal) {
  kube::ListOptions options;
  if (!request.allNamespaces) options.ns = request.ns;
  const auto page = kube::listAll(client, VirtualMachineKind, options);
  if (!page) return failWith(page.error(), request, terminal);
  switch (request.format) {
    case Format::Json:
      terminal.out << asJson(asList(page->items));
      return Done;
    case Format::Yaml:
      terminal.out << asYaml(asList(page->items));
      return Done;
    case Format::Table:
      break;
  }
  if (page->items.empty()) {
    terminal.progress << (request.allNamespaces ? "no VirtualMachines in this cluster"
                                                : "no VirtualMachines in namespace '" + request.ns + "'")
                      << std::endl;
    return Done;
  }
  terminal.out << listTable(page->items, request.allNamespaces, std::chrono::system_clock::now());
  return Done;
}

int status(kube::Client& client, const Request& request, Terminal terminal) {
  const auto vm = client.get(VirtualMachineKind, {request.ns, request.name});
  if (!vm) return failWith(vm.error(), request, terminal);
  show(*vm, request, terminal, std::chrono::system_clock::now());
  return Done;
}

int start(kube::Client& client, const Request& request, Terminal terminal) {
  const auto vm = setRunStrategy(client, request, "Always");
  if (!vm) return failWith(vm.error(), request, terminal);
  const auto generation = kube::generationOf(*vm);
  return finish(client, request, terminal, "runs",
                [=](const Json& now) { return isCurrent(now, generation) && isPhase(now, "Running"); });
}

int stop(kube::Client& client, const Request& request, Terminal terminal) {
  const auto vm = setRunStrategy(client, request, "Halted");
  if (!vm) return failWith(vm.error(), request, terminal);
  const auto generation = kube::generationOf(*vm);
  return finish(client, request, terminal, "is stopped",
                [=](const Json& now) { return isCurrent(now, generation) && isPhase(now, "Stopped"); });
}

// Deletes the guest's pod, gracefully; the controller makes the next one from the spec as it is now.
int restart(kube::Client& client, const Request& request, Terminal terminal) {
  const kube::ObjectKey key{request.ns, request.name};
  const auto vm = client.get(VirtualMachineKind, key);
  if (!vm) return failWith(vm.error(), request, terminal);
  if (kube::stringAt(*vm, "/spec/runStrategy") == "Halted") {
    terminal.progress << fmt::format("vmctl: '{0}' is halted; 'vmctl start {0}' starts it\n", request.name);
    return Failed;
  }
  const auto pod = client.get(kube::kinds::Pod, key);
  if (!pod && pod.error().kind != ErrorKind::NotFound) return failWith(pod.error(), request, terminal);
  const std::string before = pod ? kube::uidOf(*pod) : "";
  if (pod) {
    if (kube::annotationOf(*pod, VmUidAnnotation) != kube::uidOf(*vm)) {
      terminal.progress << fmt::format("vmctl: pod '{}' does not belong to the VirtualMachine; it was left alone\n",
                                       request.name);
      return Failed;
    }
    kube::DeleteOptions options;
    options.uid = before;
    const auto removed = kube::removeIfThere(client, kube::kinds::Pod, key, options);
    if (!removed) return failWith(removed.error(), request, terminal);
  }
  return finish(client, request, terminal, "runs again", [before](const Json& now) {
    return isPhase(now, "Running") && kube::stringAt(now, "/status/podUID") != before;
  });
}

std::string explain(const kube::Error& error, const Request& request) {
  switch (error.kind) {
    case ErrorKind::NotFound:
      if (mentions(error.message, "could not find the requested resource") ||
          mentions(error.message, "page not found")) {
        return "this cluster does not know VirtualMachines; install Windlass (helm install windlass charts/windlass) "
               "or "
               "choose another cluster with --context";
      }
      if (mentions(error.message, "meanwhile")) return error.message;
      return fmt::format("there is no VirtualMachine '{}' in namespace '{}'; 'vmctl list -A' shows them all",
                         request.name, request.ns);
    case ErrorKind::Unauthorized:
      return "the cluster does not accept your credentials; log in again or choose others with --kubeconfig or "
             "--context (" +
             error.toString() + ")";
    case ErrorKind::Forbidden:
      return "you are not allowed to do this; ask an administrator of the cluster for it: " + error.toString();
    case ErrorKind::Unavailable:
    case ErrorKind::Transport:
      return "the cluster cannot be reached; check --kubeconfig, --context and the network (" + error.toString() + ")";
    default:
      return error.toString();
  }
}

}  // namespace windlass::vm::cli
