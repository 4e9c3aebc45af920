// upgrades/sequences/<service>.yaml: how one service is raised.
#include <algorithm>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxSequenceParts = 64;

void checkName(ObjectReader& reader, const std::string& field, const std::string& name,
               const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  reader.error(field, inQuotes(name) + " is no component of this service" + suggestion(name, known));
}

CheckDefinition decodeCheck(ObjectReader& fields) {
  CheckDefinition check;
  check.name = upgradeName(fields);
  check.command = decodeCommand(fields, "command");
  check.exit = decodeExit(fields);
  check.seconds = fields.integer("seconds", 0, 86400).value_or(0);
  return check;
}

std::vector<CheckDefinition> decodeChecks(ObjectReader& reader, std::string_view field) {
  std::vector<CheckDefinition> out;
  reader.objectList(field, kMaxSequenceParts, [&](ObjectReader& fields) { out.push_back(decodeCheck(fields)); });
  return out;
}

SchemaStep decodeSchemaStep(ObjectReader& fields) {
  SchemaStep step;
  step.name = upgradeName(fields);
  step.phase = fields.choice("phase", {"Expand", "Contract"}, true);
  step.command = decodeCommand(fields, "command");
  step.exit = decodeExit(fields);
  fields.object("examine", [&](ObjectReader& inner) {
    step.examine = decodeCommand(inner, "command");
    step.examinedDone = decodeCodes(inner, "done");
    if (step.examinedDone.empty()) inner.error("done", "is missing, say which exit codes mean that the step was done");
  });
  step.seconds = fields.integer("seconds", 0, 86400).value_or(0);
  return step;
}

OnlineMigration decodeOnline(ObjectReader& fields) {
  OnlineMigration migration;
  migration.name = upgradeName(fields);
  migration.command = decodeCommand(fields, "command");
  migration.exit = decodeExit(fields);
  migration.seconds = fields.integer("seconds", 0, 86400).value_or(0);
  return migration;
}

Pin decodePin(ObjectReader& fields) {
  Pin pin;
  pin.name = upgradeName(fields);
  pin.automatic = fields.flag("automatic").value_or(false);
  pin.file = fields.text("file");
  pin.section = fields.text("section");
  pin.option = fields.text("option");
  pin.value = fields.text("value");
  pin.keep = fields.flag("keep").value_or(false);
  pin.lift = fields.choice("lift", {"restart", "reload"}, true);
  pin.components = fields.texts("components", kMaxSequenceParts);
  if (pin.automatic == !pin.option.empty())
    fields.error("option", "is needed with section and value, unless automatic: true");
  if (!pin.option.empty() && (pin.section.empty() || pin.value.empty()))
    fields.error("value", "is needed together with section and option");
  return pin;
}

SequenceComponent decodeSequenceComponent(ObjectReader& fields) {
  SequenceComponent component;
  component.name = upgradeName(fields);
  component.role = fields.choice("role", {"api", "worker", "singleton", "agent"}, true);
  component.move = fields.choice("move", {"canary", "roll", "stopStart", "rings"}, true);
  component.after = fields.texts("after", kMaxSequenceParts);
  component.cordon = fields.flag("cordon").value_or(false);
  component.stopSeconds = fields.integer("stopSeconds", 1, 86400).value_or(30);
  fields.map("stopSecondsFrom", 16, [&](const std::string& release, const Json& seconds, const FieldPath& path) {
    const bool fits =
        seconds.is_number_integer() && seconds.get<std::int64_t>() > 0 && seconds.get<std::int64_t>() <= 86400;
    if (!fits) return fields.context().add(path.shown, "must be a whole number from 1 to 86400");
    component.stopSecondsFrom[release] = seconds.get<int>();
  });
  component.replicas = fields.integer("replicas", 1, 100).value_or(1);
  if (component.move == "canary" && component.role != "api")
    fields.error("move", "canary needs role: api, requests are what is split");
  if ((component.move == "rings") != (component.role == "agent"))
    fields.error("move", "rings and role: agent belong together");
  return component;
}

void decodeComponents(ObjectReader& reader, Sequence& out) {
  std::vector<std::string> before;
  reader.objectList("components", kMaxSequenceParts, [&](ObjectReader& fields) {
    out.components.push_back(decodeSequenceComponent(fields));
    // Only earlier ones, so that the order of the file is an order and no circle can be written.
    for (const std::string& name : out.components.back().after) checkName(fields, "after", name, before);
    before.push_back(out.components.back().name);
  });
  reader.objectList("edges", kMaxSequenceParts, [&](ObjectReader& fields) {
    HardEdge edge{fields.text("before", {.required = true}), fields.text("after", {.required = true}),
                  fields.text("why", {.required = true, .maxLength = 500})};
    checkName(fields, "before", edge.before, before);
    checkName(fields, "after", edge.after, before);
    const SequenceComponent* later = out.component(edge.after);
    const bool ordered =
        later == nullptr || std::find(later->after.begin(), later->after.end(), edge.before) != later->after.end();
    if (!ordered)
      fields.error("after",
                   "the component " + inQuotes(edge.after) + " must name " + inQuotes(edge.before) + " in its after");
    out.edges.push_back(std::move(edge));
  });
}

void decodeSequenceBody(ObjectReader& reader, Sequence& out) {
  reader.choice("apiVersion", {"windlass.dev/sequence/v1"}, true);
  reader.choice("kind", {"Sequence"}, true);
  out.service = dataName(reader, "service", true);
  out.after = reader.texts("after", kMaxSequenceParts);
  out.databases = reader.texts("databases", 16);
  out.checks = decodeChecks(reader, "checks");
  out.gates = decodeGates(reader, GateOwner::Sequence);
  reader.objectList("schema", kMaxSequenceParts,
                    [&](ObjectReader& fields) { out.schema.push_back(decodeSchemaStep(fields)); });
  out.verify = decodeChecks(reader, "verify");
  reader.objectList("online", kMaxSequenceParts,
                    [&](ObjectReader& fields) { out.online.push_back(decodeOnline(fields)); });
  decodeComponents(reader, out);
  reader.objectList("pins", kMaxSequenceParts, [&](ObjectReader& fields) {
    out.pins.push_back(decodePin(fields));
    std::vector<std::string> known;
    for (const SequenceComponent& component : out.components) known.push_back(component.name);
    for (const std::string& name : out.pins.back().components) checkName(fields, "components", name, known);
  });
  out.finish = decodeChecks(reader, "finish");
  for (GateDefinition& gate : out.gates) gate.service = out.service;
  if (!out.schema.empty() && out.databases.empty())
    reader.error("databases", "is empty, schema steps need one to back up");
  if (out.components.empty()) reader.error("components", "is empty, name what runs");
}

}  // namespace

const SequenceComponent* Sequence::component(const std::string& name) const {
  const auto found =
      std::find_if(components.begin(), components.end(), [&](const auto& one) { return one.name == name; });
  return found == components.end() ? nullptr : &*found;
}

Result<Sequence> decodeSequenceDocument(const YamlDocument& document, std::set<std::string>* trace) {
  return decodeDocument<Sequence>(document, trace, decodeSequenceBody);
}

}  // namespace windlass::ops
