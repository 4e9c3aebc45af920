// What sequences and hops name must exist in the rest of the catalog.
#include <algorithm>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

template <class Map>
std::vector<std::string> namesIn(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

class HopCheck {
 public:
  HopCheck(const Catalog& catalog, DecodeContext& context) : catalog_(catalog), context_(context) {}

  void run(const Hop& hop) {
    for (const auto& [field, id] : {std::pair{"from", hop.from}, std::pair{"to", hop.to}}) {
      if (catalog_.release(id) == nullptr)
        context_.add(field, "no release is named " + inQuotes(id) + suggestion(id, catalog_.releaseIds()));
    }
    for (std::size_t i = 0; i < hop.unites.size(); ++i) {
      if (!catalog_.hops.contains(hop.unites[i]))
        context_.add(item("unites", i),
                     "no hop is named " + inQuotes(hop.unites[i]) + suggestion(hop.unites[i], namesIn(catalog_.hops)));
    }
    for (std::size_t i = 0; i < hop.hazards.size(); ++i) hazard(hop.hazards[i], item("hazards", i));
    for (std::size_t i = 0; i < hop.gates.size(); ++i) gate(hop.gates[i], item("gates", i));
    for (std::size_t i = 0; i < hop.components.size(); ++i) {
      const ComponentChange& change = hop.components[i];
      const Sequence* sequence = this->sequence(change.service, item("components", i));
      if (sequence != nullptr && sequence->component(change.component) == nullptr) {
        context_.add(item("components", i) + ".component",
                     inQuotes(change.component) + " is no component of " + change.service);
      }
    }
    for (std::size_t i = 0; i < hop.removedOptions.size(); ++i) {
      if (hop.removedOptions[i].service != "*") sequence(hop.removedOptions[i].service, item("removedOptions", i));
    }
    for (std::size_t i = 0; i < hop.toleratedChecks.size(); ++i)
      tolerated(hop.toleratedChecks[i], item("toleratedChecks", i));
  }

 private:
  static std::string item(const char* field, std::size_t index) {
    return std::string(field) + "[" + std::to_string(index) + "]";
  }

  const Sequence* sequence(const std::string& service, const std::string& path) {
    const auto found = catalog_.sequences.find(service);
    if (found != catalog_.sequences.end()) return &found->second;
    context_.add(path + ".service",
                 "no sequence is there for " + inQuotes(service) + suggestion(service, namesIn(catalog_.sequences)));
    return nullptr;
  }

  void hazard(const Hazard& hazard, const std::string& path) {
    const Sequence* sequence = this->sequence(hazard.service, path);
    if (sequence == nullptr || hazard.schema.empty()) return;
    const bool there = std::any_of(sequence->schema.begin(), sequence->schema.end(),
                                   [&](const SchemaStep& step) { return step.name == hazard.schema; });
    if (!there) context_.add(path + ".schema", inQuotes(hazard.schema) + " is no schema step of " + hazard.service);
  }

  void gate(const GateDefinition& gate, const std::string& path) {
    const Sequence* sequence = this->sequence(gate.service, path);
    if (sequence == nullptr || gate.before.empty()) return;
    const bool there = sequence->component(gate.before) != nullptr ||
                       std::any_of(sequence->schema.begin(), sequence->schema.end(),
                                   [&](const SchemaStep& step) { return step.name == gate.before; });
    if (!there)
      context_.add(path + ".before", inQuotes(gate.before) + " is no schema step and no component of " + gate.service);
  }

  void tolerated(const ToleratedCheck& tolerated, const std::string& path) {
    const Sequence* sequence = this->sequence(tolerated.service, path);
    if (sequence == nullptr) return;
    const bool there = std::any_of(sequence->checks.begin(), sequence->checks.end(),
                                   [&](const CheckDefinition& check) { return check.name == tolerated.check; });
    if (!there) context_.add(path + ".check", inQuotes(tolerated.check) + " is no check of " + tolerated.service);
  }

  const Catalog& catalog_;
  DecodeContext& context_;
};

// The names of a circle of services that wait for each other, or nothing.
bool waitsForItself(const Catalog& catalog, const std::string& service, const std::string& at,
                    std::set<std::string>& seen) {
  const auto found = catalog.sequences.find(at);
  if (found == catalog.sequences.end() || !seen.insert(at).second) return false;
  return std::any_of(found->second.after.begin(), found->second.after.end(), [&](const std::string& before) {
    return before == service || waitsForItself(catalog, service, before, seen);
  });
}

}  // namespace

void checkSequence(const Catalog& catalog, const Sequence& sequence, DecodeContext& context) {
  for (std::size_t i = 0; i < sequence.after.size(); ++i) {
    if (catalog.sequences.contains(sequence.after[i])) continue;
    context.add("after[" + std::to_string(i) + "]", "no sequence is there for " + inQuotes(sequence.after[i]) +
                                                        suggestion(sequence.after[i], namesIn(catalog.sequences)));
  }
  std::set<std::string> seen;
  if (waitsForItself(catalog, sequence.service, sequence.service, seen))
    context.add("after", "the service waits for itself, through " + std::to_string(seen.size()) + " services");
}

void checkHop(const Catalog& catalog, const Hop& hop, DecodeContext& context) {
  HopCheck(catalog, context).run(hop);
}

}  // namespace windlass::ops
