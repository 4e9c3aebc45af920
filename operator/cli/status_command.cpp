#include "operator/cli/status_command.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/cli/run_text.h"
#include "operator/model/openstack_cloud.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::Json;

constexpr std::size_t kMaxListed = 1000;

std::string titled(const std::string& title, const std::string& text) {
  return text.empty() ? "" : "  " + titledLine(title, text);
}

// "Ready" alone when all is well; else what is not, in the words of the conditions.
std::string conditionLines(const Json& cloud) {
  std::string out;
  for (const char* type : {"Ready", "Degraded", "Upgraded"}) {
    const Json* condition = kube::findCondition(cloud, type);
    if (condition == nullptr) continue;
    const std::string status = kube::stringAt(*condition, "/status");
    const bool isAsItShould = status == (std::string_view(type) == "Degraded" ? "False" : "True");
    if (isAsItShould && std::string_view(type) != "Ready") continue;
    out += titled(type, isAsItShould ? status
                                     : fmt::format("{}: {} ({})", status, kube::stringAt(*condition, "/message"),
                                                   kube::stringAt(*condition, "/reason")));
  }
  return out;
}

std::string serviceLines(const Json& cloud) {
  const Json* services = kube::find(cloud, "/status/services");
  if (services == nullptr || !services->is_object()) return "";
  std::string out;
  for (const auto& [name, service] : services->items()) {
    const auto ready = kube::intAt(service, "/readyReplicas"), wanted = kube::intAt(service, "/replicas");
    const std::string revision = kube::stringAt(service, "/revision");
    out += titled(name,
                  fmt::format("{}/{} pods ready{}", ready, wanted, revision.empty() ? "" : ", revision " + revision));
  }
  return out;
}

std::string endpointLines(const Json& cloud) {
  const Json* endpoints = kube::find(cloud, "/status/endpoints");
  if (endpoints == nullptr || !endpoints->is_object()) return "";
  std::string out;
  for (const auto& [type, url] : endpoints->items())
    if (url.is_string()) out += titled("at", type + " " + url.get<std::string>());
  return out;
}

bool isRunOver(const Json& run) {
  const std::string mode = kube::stringAt(run, "/status/mode");
  return mode == "Done" || mode == "Aborted";
}

}  // namespace

std::string cloudText(const Json& cloud, const std::vector<Json>& runs) {
  const std::string runsNow = kube::stringAt(cloud, "/status/release"), wanted = kube::stringAt(cloud, "/spec/release");
  std::string out = fmt::format("{}: release {}", kube::nameOf(cloud), runsNow.empty() ? wanted : runsNow);
  if (!runsNow.empty() && runsNow != wanted) out += fmt::format(", {} is wanted", wanted);
  out += "\n" + conditionLines(cloud);
  const std::string plan = kube::stringAt(cloud, "/status/plan");
  out += titled("waits for", kube::stringAt(cloud, "/status/waitingFor"));
  out += titled("plan", plan);
  out += titled("settings", kube::stringAt(cloud, "/status/settings"));
  for (const Json& run : runs)
    if (!plan.empty() && kube::stringAt(run, "/spec/plan") == plan && !isRunOver(run))
      out += titled("run", fmt::format("{}: {}; windlass upgrade watch {}", kube::nameOf(run),
                                       kube::stringAt(run, "/status/phase", "Planned"), kube::nameOf(run)));
  return out + serviceLines(cloud) + endpointLines(cloud);
}

kube::Result<std::string> showClouds(kube::Client& client, const std::string& ns, const std::string& name) {
  kube::ListOptions options;
  options.ns = ns;
  auto clouds = kube::listAll(client, kOpenStackCloudKind, options, kMaxListed);
  if (!clouds) return kube::wrap("cannot list OpenStackClouds in " + ns, std::move(clouds).error());
  auto runs = kube::listAll(client, kUpgradeRunKind, options, kMaxListed);
  if (!runs) return kube::wrap("cannot list UpgradeRuns in " + ns, std::move(runs).error());
  std::string out;
  for (const Json& cloud : clouds->items)
    if (name.empty() || kube::nameOf(cloud) == name) out += (out.empty() ? "" : "\n") + cloudText(cloud, runs->items);
  if (!out.empty()) return out;
  return kube::fail(ErrorKind::NotFound, fmt::format("there is no OpenStackCloud {}in namespace {}; -n says another",
                                                     name.empty() ? "" : name + " ", ns));
}

}  // namespace windlass::ops
