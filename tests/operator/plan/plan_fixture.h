#pragma once
// Plans of the real data.
#include <gtest/gtest.h>

#include "operator/plan/planner.h"

namespace windlass::ops::test {

const Catalog& realCatalog();
// A cloud with every service that has a sequence.
OpenStackCloud wholeCloud(const std::string& release);
CloudFacts hosts(int count);
UpgradePlan planned(const std::string& from, const std::string& to, int hostCount = 20);
// The reason of a refusal, "accepted" when there is none.
std::string refusal(const OpenStackCloud& cloud, const std::string& to, const CloudFacts& observed = {});
// The index of a step; fails the test when there is none.
std::size_t at(const UpgradePlan& plan, const std::string& id);
// The legal hops of the data, as pairs.
std::vector<std::pair<std::string, std::string>> legalHops();

}  // namespace windlass::ops::test
