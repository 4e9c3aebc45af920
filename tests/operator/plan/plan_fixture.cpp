#include "plan_fixture.h"

#include "tests/source_tree/source_tree.h"

namespace windlass::ops::test {

const Catalog& realCatalog() {
  static const Catalog catalog = [] {
    auto read = readCatalog(sourcePath("charts/openstack"), sourcePath("upgrades"));
    if (!read) ADD_FAILURE() << read.error().toString();
    return read.value_or(Catalog{});
  }();
  return catalog;
}

OpenStackCloud wholeCloud(const std::string& release) {
  OpenStackCloud cloud;
  cloud.key.name = "whole";
  cloud.key.ns = "openstack";
  cloud.spec.release = release;
  for (const auto& [name, sequence] : realCatalog().sequences) cloud.spec.services[name] = {};
  return cloud;
}

CloudFacts hosts(int count) {
  CloudFacts observed;
  for (int i = 0; i < count; ++i) observed.hosts.push_back("host-" + std::to_string(i));
  return observed;
}

UpgradePlan planned(const std::string& from, const std::string& to, int hostCount) {
  auto made = plan(realCatalog(), wholeCloud(from), {.from = "", .to = to}, hosts(hostCount));
  if (!made) ADD_FAILURE() << made.error().toString();
  return made.value_or(UpgradePlan{});
}

std::string refusal(const OpenStackCloud& cloud, const std::string& to, const CloudFacts& observed) {
  const auto made = plan(realCatalog(), cloud, {.from = "", .to = to}, observed);
  return made ? "accepted" : made.error().message;
}

std::size_t at(const UpgradePlan& plan, const std::string& id) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].id == id) return i;
  }
  ADD_FAILURE() << "no step has the id " << id;
  return plan.steps.size();
}

std::vector<std::pair<std::string, std::string>> legalHops() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [id, hop] : realCatalog().hops) {
    if (hop.route != "forbidden") out.emplace_back(hop.from, hop.to);
  }
  return out;
}

}  // namespace windlass::ops::test
