#include "operator/reconcile/upgrade_plans.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostPlans = 1000;

Result<std::vector<Json>> listed(kube::Client& client, const kube::ResourceKind& kind, kube::ListOptions options) {
  auto page = kube::listAll(client, kind, std::move(options), kMostPlans);
  if (!page) return kube::wrap("cannot list " + kind.plural, page.error());
  return std::move(page->items);
}

Status makePlan(kube::Client& client, const Json& plan) {
  const kube::ObjectKey key = kube::keyOf(plan);
  WINDLASS_TRY_ASSIGN(const auto there, getIfThere(client, kUpgradePlanKind, key));
  if (there) {
    if (there->value("spec", Json()) == plan.at("spec")) return {};
    return kube::fail(kube::ErrorKind::AlreadyExists,
                      fmt::format("UpgradePlan {} exists and says something else: delete it", key.toString()));
  }
  const auto made = client.create(kUpgradePlanKind, plan);
  if (!made) return kube::wrap("cannot make UpgradePlan " + key.toString(), made.error());
  return {};
}

}  // namespace

std::vector<std::string> outdatedPlans(const std::vector<Json>& plans, const std::vector<Json>& runs, const Json& cloud,
                                       const std::string& current) {
  std::set<std::string> inUse = {current};
  for (const Json& run : runs) inUse.insert(kube::stringAt(run, "/spec/plan"));
  std::vector<std::pair<std::string, std::string>> old;  // newest first
  for (const Json& plan : plans) {
    const auto controller = kube::controllerOf(plan);
    const bool ours = controller && controller->uid == kube::uidOf(cloud);
    if (ours && !inUse.contains(kube::nameOf(plan)) && !kube::isDeleting(plan))
      old.emplace_back(kube::stringAt(plan, "/metadata/creationTimestamp"), kube::nameOf(plan));
  }
  std::sort(old.rbegin(), old.rend());
  std::vector<std::string> names;
  for (std::size_t i = kKeptPlans; i < old.size(); ++i) names.push_back(old[i].second);
  return names;
}

Status keepPlans(kube::Client& client, const Json& cloud, const Json& plan) {
  if (!plan.is_null()) WINDLASS_TRY(makePlan(client, plan));
  kube::ListOptions ofCloud;
  ofCloud.ns = kube::namespaceOf(cloud);
  ofCloud.labelSelector = fmt::format("{}={}", kCloudLabel, kube::nameOf(cloud));
  WINDLASS_TRY_ASSIGN(const auto plans, listed(client, kUpgradePlanKind, ofCloud));
  if (plans.size() <= kKeptPlans) return {};
  kube::ListOptions all;
  all.ns = ofCloud.ns;
  WINDLASS_TRY_ASSIGN(const auto runs, listed(client, kUpgradeRunKind, all));
  for (const std::string& name : outdatedPlans(plans, runs, cloud, plan.is_null() ? "" : kube::nameOf(plan))) {
    WINDLASS_TRY(kube::removeIfThere(client, kUpgradePlanKind, {ofCloud.ns, name}));
  }
  return {};
}

}  // namespace windlass::ops
