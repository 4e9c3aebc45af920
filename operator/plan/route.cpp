// Which hops are legal.
#include <algorithm>
#include <deque>

#include "operator/model/decode.h"
#include "operator/plan/planner.h"

namespace windlass::ops {
namespace {

tl::unexpected<kube::Error> notLegal(std::string message) {
  return kube::fail(kube::ErrorKind::Invalid, std::move(message));
}

std::string arrows(const std::vector<std::string>& route) {
  std::string text;
  for (const std::string& id : route) text += (text.empty() ? "" : " -> ") + id;
  return text;
}

std::string wayForward(const Catalog& catalog, const std::string& from, const std::string& to) {
  const std::vector<std::string> route = legalRoute(catalog, from, to);
  if (route.size() < 2) return "; no legal route leads there";
  return "; the legal route is " + arrows(route) + ", plan " + route[0] + " -> " + route[1] + " first";
}

template <class T, class Same>
void addOrReplace(std::vector<T>& into, const std::vector<T>& from, Same same) {
  for (const T& part : from) {
    const auto found = std::find_if(into.begin(), into.end(), [&](const T& other) { return same(part, other); });
    if (found == into.end()) {
      into.push_back(part);
    } else {
      *found = part;
    }
  }
}

// Later hops win where both say something of the same thing: 2026.1's minimum takes the place of 2025.2's.
void unite(Hop& into, const Hop& part) {
  const auto sameId = [](const auto& a, const auto& b) { return a.id == b.id; };
  into.removedOptions.insert(into.removedOptions.end(), part.removedOptions.begin(), part.removedOptions.end());
  addOrReplace(into.gates, part.gates, sameId);
  addOrReplace(into.hazards, part.hazards, sameId);
  addOrReplace(into.toleratedChecks, part.toleratedChecks,
               [](const auto& a, const auto& b) { return a.service == b.service && a.check == b.check; });
  addOrReplace(into.components, part.components,
               [](const auto& a, const auto& b) { return a.service == b.service && a.component == b.component; });
}

kube::Status knownRelease(const Catalog& catalog, const std::string& id) {
  if (catalog.release(id) != nullptr) return {};
  std::string known;
  for (const std::string& one : catalog.releaseIds()) known += (known.empty() ? "" : ", ") + one;
  return notLegal("no release is named " + inQuotes(id) + ", known are " + known);
}

}  // namespace

std::vector<std::string> legalRoute(const Catalog& catalog, const std::string& from, const std::string& to) {
  std::map<std::string, std::string> cameFrom = {{from, ""}};
  std::deque<std::string> open = {from};
  while (!open.empty() && !cameFrom.contains(to)) {
    const std::string at = open.front();
    open.pop_front();
    for (const auto& [id, hop] : catalog.hops) {
      if (hop.from == at && hop.route != "forbidden" && cameFrom.emplace(hop.to, at).second) open.push_back(hop.to);
    }
  }
  std::vector<std::string> route;
  if (!cameFrom.contains(to)) return route;
  for (std::string at = to; !at.empty(); at = cameFrom.at(at)) route.insert(route.begin(), at);
  return route;
}

kube::Result<Hop> findHop(const Catalog& catalog, const std::string& from, const std::string& to) {
  WINDLASS_TRY(knownRelease(catalog, from));
  WINDLASS_TRY(knownRelease(catalog, to));
  const std::string arrow = from + " -> " + to;
  if (from == to) return notLegal(arrow + ": the cloud runs " + to + " already, there is nothing to plan");
  if (from > to) {
    return notLegal(arrow +
                    " leads backwards: schemas are never taken back by an upgrade. Before the point of no return " +
                    "a run is rolled back (windlass upgrade rollback); after it only the backup of the run leads back");
  }
  const auto found = catalog.hops.find(from + "-" + to);
  if (found == catalog.hops.end() || found->second.route == "forbidden") {
    const std::string reason =
        found == catalog.hops.end() ? "there is no hop for it in upgrades/hops" : found->second.reason;
    return notLegal(arrow + " is not a legal hop: " + reason + wayForward(catalog, from, to));
  }
  Hop hop = found->second;
  Hop whole = hop;
  whole.removedOptions.clear();
  whole.gates.clear();
  whole.hazards.clear();
  whole.toleratedChecks.clear();
  whole.components.clear();
  for (const std::string& part : hop.unites) unite(whole, catalog.hops.at(part));
  unite(whole, hop);
  return whole;
}

}  // namespace windlass::ops
