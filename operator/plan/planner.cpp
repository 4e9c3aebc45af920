// Refusals, the order of services, and the whole plan from its parts.
#include "operator/plan/planner.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "operator/model/decode.h"
#include "operator/plan/plan_builder.h"

namespace windlass::ops {
namespace {

tl::unexpected<kube::Error> invalid(std::string message) {
  return kube::fail(kube::ErrorKind::Invalid, std::move(message));
}

template <class Map>
std::vector<std::string> keysOf(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

kube::Status knowsServices(const Catalog& catalog, const OpenStackCloud& cloud, const Hop& hop) {
  for (const auto& [name, spec] : cloud.spec.services) {
    const std::string path = "spec.services." + name + ": ";
    if (!catalog.sequences.contains(name)) {
      return invalid(path + "there is no sequence for it in upgrades/sequences" +
                     suggestion(name, keysOf(catalog.sequences)));
    }
    for (const std::string& id : {hop.from, hop.to}) {
      if (catalog.release(id)->versionOf(name).empty()) return invalid(path + "release " + id + " does not have it");
    }
    if (!spec.image.empty()) {
      return invalid("spec.services." + name + ".image: is set to " + inQuotes(spec.image) +
                     ", so the release's image would not be used; remove it before the upgrade");
    }
  }
  return {};
}

bool matches(const std::string& pattern, const std::string& name) {
  if (pattern.empty() || pattern.back() != '*') return pattern == name;
  return name.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
}

// "section" or "file/section".
bool isSection(const std::string& written, const std::string& section) {
  return written == section || (written.size() > section.size() && written.ends_with("/" + section));
}

std::string removedText(const RemovedOption& removed, const std::string& path, const Hop& hop) {
  std::string text = path + ": is removed in " + hop.to + "; it would be ignored without a word";
  if (!removed.instead.empty()) text += ". Instead: " + removed.instead;
  return text;
}

// A removed option does not fail, it stops working: so it is refused here.
kube::Status setsNoRemovedOption(const OpenStackCloud& cloud, const Hop& hop) {
  std::string found;
  for (const auto& [service, spec] : cloud.spec.services) {
    for (const auto& [section, entries] : spec.config) {
      for (const auto& [option, values] : entries) {
        for (const RemovedOption& removed : hop.removedOptions) {
          const bool ofService = removed.service == "*" || removed.service == service;
          const bool ofValue =
              removed.value.empty() || std::find(values.begin(), values.end(), removed.value) != values.end();
          if (!ofService || !ofValue || !isSection(section, removed.section) || !matches(removed.option, option))
            continue;
          found += (found.empty() ? "" : "\n") +
                   removedText(removed, "spec.services." + service + ".config." + section + "." + option, hop);
        }
      }
    }
  }
  if (!found.empty()) return invalid(found);
  return {};
}

kube::Status recordsAreRecent(const Hop& hop, const OpenStackCloud& cloud, const CloudFacts& observed) {
  for (const GateDefinition& gate : hop.gates) {
    if (gate.ask != "serviceRecord" || !cloud.spec.services.contains(gate.service)) continue;
    const auto seen = observed.serviceRecords.find(gate.with.at("record"));
    int minimum = 0;
    const std::string& text = gate.with.at("minimum");
    std::from_chars(text.data(), text.data() + text.size(), minimum);
    if (seen == observed.serviceRecords.end() || seen->second >= minimum) continue;
    return invalid(hop.from + " -> " + hop.to + " is refused: the lowest " + seen->first + " is of version " +
                   std::to_string(seen->second) + ", " + text + " is needed (" + gate.summary + "). " + gate.remedy);
  }
  return {};
}

bool takesNoWayBack(const Hop& hop, const std::string& service) {
  return std::any_of(hop.hazards.begin(), hop.hazards.end(),
                     [&](const Hazard& hazard) { return hazard.irreversible && hazard.service == service; });
}

}  // namespace

// Each service after those it names, by name where that leaves a choice. A service whose schema step has no way back
// comes as late as it can, so that all others can still be rolled back: what only prefers to come after it does not
// wait for it.
std::vector<std::string> orderServices(const Catalog& catalog, const OpenStackCloud& cloud, const Hop& hop) {
  std::vector<std::string> order;
  std::set<std::string> done;
  const auto ready = [&](const std::string& name) {
    const std::vector<std::string>& after = catalog.sequences.at(name).after;
    return std::all_of(after.begin(), after.end(), [&](const std::string& before) {
      return done.contains(before) || !cloud.spec.services.contains(before) ||
             (takesNoWayBack(hop, before) && !takesNoWayBack(hop, name));
    });
  };
  while (order.size() < cloud.spec.services.size()) {
    const std::string* next = nullptr;
    for (const auto& [name, spec] : cloud.spec.services) {
      if (done.contains(name) || !ready(name)) continue;
      if (next == nullptr || (takesNoWayBack(hop, *next) && !takesNoWayBack(hop, name))) next = &name;
    }
    if (next == nullptr) break;  // a circle, which the catalog refuses when it is read
    done.insert(*next);
    order.push_back(*next);
  }
  return order;
}

kube::Result<UpgradePlan> plan(const Catalog& catalog, const OpenStackCloud& cloud, const PlanRequest& request,
                               const CloudFacts& observed) {
  UpgradePlan out;
  out.from = request.from.empty() ? cloud.spec.release : request.from;
  out.to = request.to;
  if (observed.runningRelease && *observed.runningRelease != out.from) {
    return invalid("the cloud runs " + *observed.runningRelease + ", not " + out.from + ": plan from what runs");
  }
  WINDLASS_TRY_ASSIGN(const Hop hop, findHop(catalog, out.from, out.to));
  WINDLASS_TRY(knowsServices(catalog, cloud, hop));
  WINDLASS_TRY(setsNoRemovedOption(cloud, hop));
  WINDLASS_TRY(recordsAreRecent(hop, cloud, observed));
  out.cloud = cloud.key.name;
  out.ns = cloud.key.ns;
  out.route = hop.route;
  out.services = orderServices(catalog, cloud, hop);
  for (const std::string& service : out.services) {
    out.versionsFrom[service] = catalog.release(out.from)->versionOf(service);
    out.versionsTo[service] = catalog.release(out.to)->versionOf(service);
  }
  if (!request.canary) out.assumptions.emplace_back("no share of requests is tried first: APIs roll without a canary");
  PlanBuilder builder(catalog, cloud, request, observed, hop, out);
  builder.hazards();
  builder.preflight();
  builder.services();
  builder.rings();
  builder.closing();
  WINDLASS_TRY(builder.finish());
  return out;
}

}  // namespace windlass::ops
