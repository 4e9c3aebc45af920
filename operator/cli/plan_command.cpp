#include "operator/cli/plan_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/catalog/yaml_document.h"
#include "operator/cli/everything.h"
#include "operator/cli/read_inputs.h"
#include "operator/plan/canonical.h"
#include "operator/plan/difference.h"
#include "operator/plan/show.h"

namespace windlass::ops {
namespace {

kube::Result<CloudFacts> observedOf(const PlanFlags& flags) {
  WINDLASS_TRY_ASSIGN(CloudFacts observed, readObservedFile(flags.observedFile));
  if (flags.hosts > 0) observed.hosts = madeUpHosts(flags.hosts);
  return observed;
}

kube::Result<UpgradePlan> makePlan(const PlanFlags& flags) {
  WINDLASS_TRY_ASSIGN(const Catalog catalog, readCatalogFolder(flags.catalog));
  WINDLASS_TRY_ASSIGN(const CloudFacts observed, observedOf(flags));
  const PlanRequest request{flags.from, flags.to, flags.imageRegistry};
  if (flags.cloudFile.empty()) {
    if (flags.from.empty())
      return kube::fail(kube::ErrorKind::Invalid, "--from: is missing; without -f CLOUD.yaml it must be given");
    return plan(catalog, cloudOfEverything(catalog, flags.from, flags.to), request, observed);
  }
  WINDLASS_TRY_ASSIGN(const CloudFile file, readCloudFile(flags.cloudFile));
  if (!flags.from.empty() && flags.from != file.cloud.spec.release) {
    return kube::fail(kube::ErrorKind::Invalid, "--from: is " + flags.from + ", but spec.release of " +
                                                    flags.cloudFile + " is " + file.cloud.spec.release);
  }
  WINDLASS_TRY_ASSIGN(UpgradePlan made, plan(catalog, file.cloud, request, observed));
  made.specDigest = file.specDigest;
  return made;
}

kube::Result<UpgradePlan> readPlan(const std::string& path) {
  WINDLASS_TRY_ASSIGN(const std::string text, readTextFile(path));
  const kube::Json json = kube::Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return kube::fail(kube::ErrorKind::Decode, path + ": is no plan: not JSON");
  auto plan = planFromJson(json.contains("spec") ? json.at("spec") : json);
  if (!plan) return kube::wrap(path + ": is no plan", plan.error());
  return plan;
}

}  // namespace

kube::Result<std::string> planCommand(const PlanFlags& flags) {
  WINDLASS_TRY_ASSIGN(const UpgradePlan made, makePlan(flags));
  return showPlan(made, flags);
}

kube::Result<std::string> showPlan(const UpgradePlan& made, const PlanFlags& flags) {
  if (!flags.compareWith.empty()) {
    WINDLASS_TRY_ASSIGN(const UpgradePlan before, readPlan(flags.compareWith));
    const PlanDifference changed = difference(before, made);
    if (changed.lines.empty()) return "the plan is the same: " + hashOf(made) + "\n";
    return fmt::format("{}\n", fmt::join(changed.lines, "\n"));
  }
  if (flags.output == "tree") return showTree(made);
  if (flags.output == "json") return specOf(made).dump(2) + "\n";
  if (flags.output == "object") return objectOf(made).dump(2) + "\n";
  if (flags.output == "svg") return showSvg(made);
  return showTable(made);
}

}  // namespace windlass::ops
