// upgrades/hops/<from>-<to>.yaml and upgrades/defaults.yaml.
#include <algorithm>
#include <regex>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxHopEntries = 200;
constexpr std::size_t kSentence = 500;
constexpr std::size_t kQuery = 2000;

// What each question needs in `with`.
const std::map<std::string, std::vector<std::string>>& questions() {
  static const std::map<std::string, std::vector<std::string>> known = {{"acknowledge", {}},
                                                                        {"backupRoom", {}},
                                                                        {"query", {"database", "sql"}},
                                                                        {"quorum", {"role"}},
                                                                        {"role", {"users", "role"}},
                                                                        {"serverVersion", {"role", "minimum"}},
                                                                        {"serviceRecord", {"record", "minimum"}},
                                                                        {"staleRecords", {"database", "table"}},
                                                                        {"surge", {}}};
  return known;
}

std::vector<std::string> questionNames() {
  std::vector<std::string> names;
  for (const auto& [name, entries] : questions()) names.push_back(name);
  return names;
}

void checkEntries(ObjectReader& fields, const GateDefinition& gate) {
  const auto found = questions().find(gate.ask);
  if (found == questions().end()) return;
  for (const std::string& entry : found->second) {
    if (!gate.with.contains(entry))
      fields.error("with", "the question " + inQuotes(gate.ask) + " needs the entry " + inQuotes(entry));
  }
  for (const auto& [entry, value] : gate.with) {
    if (std::find(found->second.begin(), found->second.end(), entry) != found->second.end()) continue;
    fields.error("with", inQuotes(entry) + " is not known to the question " + inQuotes(gate.ask) +
                             suggestion(entry, found->second));
  }
}

Hazard decodeHazard(ObjectReader& fields) {
  Hazard hazard;
  hazard.id = fields.text("id", {.required = true});
  hazard.service = fields.text("service", {.required = true});
  hazard.summary = fields.text("summary", {.required = true, .maxLength = kSentence});
  hazard.kind = fields.choice("kind", {"note", "rpc", "dataRewrite", "nonAdditive"}, true);
  hazard.schema = fields.text("schema");
  hazard.revisions = fields.texts("revisions", 64);
  hazard.besideOld = fields.flag("besideOld").value_or(true);
  hazard.irreversible = fields.flag("irreversible").value_or(false);
  hazard.downtime = fields.flag("downtime").value_or(false);
  hazard.waitSeconds = fields.integer("waitSeconds", 0, 86400).value_or(0);
  hazard.remedy = fields.text("remedy", {.maxLength = kSentence});
  hazard.environment = fields.textMap("environment", 16);
  const bool ofSchema = hazard.kind == "dataRewrite" || hazard.kind == "nonAdditive";
  if (ofSchema && (hazard.schema.empty() || hazard.revisions.empty())) {
    fields.error("schema", "is needed with revisions for a hazard of kind " + hazard.kind);
  }
  return hazard;
}

void decodeHopBody(ObjectReader& reader, Hop& out) {
  reader.choice("apiVersion", {"windlass.dev/hop/v1"}, true);
  reader.choice("kind", {"Hop"}, true);
  out.from = reader.text("from", {.required = true, .maxLength = 16});
  out.to = reader.text("to", {.required = true, .maxLength = 16});
  out.route = reader.choice("route", {"consecutive", "slurp", "forbidden"}, true);
  out.reason = reader.text("reason", {.maxLength = kSentence});
  out.unites = reader.texts("unites", 4);
  reader.objectList("removedOptions", kMaxHopEntries, [&](ObjectReader& fields) {
    out.removedOptions.push_back({fields.text("service", {.required = true}),
                                  fields.text("section", {.required = true}), fields.text("option", {.required = true}),
                                  fields.text("value"), fields.text("instead", {.maxLength = kSentence})});
  });
  out.gates = decodeGates(reader, GateOwner::Hop);
  reader.objectList("toleratedChecks", kMaxHopEntries, [&](ObjectReader& fields) {
    out.toleratedChecks.push_back({fields.text("service", {.required = true}), fields.text("check", {.required = true}),
                                   decodeCodes(fields, "exit"),
                                   fields.text("why", {.required = true, .maxLength = kSentence})});
  });
  reader.objectList("hazards", kMaxHopEntries,
                    [&](ObjectReader& fields) { out.hazards.push_back(decodeHazard(fields)); });
  reader.objectList("components", kMaxHopEntries, [&](ObjectReader& fields) {
    out.components.push_back({fields.text("service", {.required = true}), fields.text("component", {.required = true}),
                              fields.choice("move", {"canary", "roll", "stopStart", "rings"}, true),
                              fields.text("why", {.required = true, .maxLength = kSentence})});
  });
  if (out.route == "forbidden" && out.reason.empty())
    reader.error("reason", "is missing, say why the route is forbidden");
  if (out.from >= out.to) reader.error("to", "must be a later release than from");
}

bool isExpressionOfOneGroup(const std::string& text) {
  try {
    return std::regex(text).mark_count() == 1;
  } catch (const std::regex_error&) {
    return false;
  }
}

void decodeDefaultsBody(ObjectReader& reader, UpgradeDefaults& out) {
  reader.choice("apiVersion", {"windlass.dev/upgrade-defaults/v1"}, true);
  reader.choice("kind", {"UpgradeDefaults"}, true);
  out.image = reader.text("image", {.required = true});
  out.gates = decodeGates(reader, GateOwner::Defaults);
  reader.objectList("canary", 16, [&](ObjectReader& fields) {
    CanaryStage stage{upgradeName(fields), fields.text("header"), fields.integer("weightPercent", 1, 99).value_or(0),
                      fields.integer("soakSeconds", 0, 604800).value_or(0)};
    if (stage.header.empty() == (stage.weightPercent == 0))
      fields.error("header", "is needed, or weightPercent, but not both");
    out.canary.push_back(stage);
  });
  reader.objectList("rings", 16, [&](ObjectReader& fields) {
    RingRule ring{upgradeName(fields), fields.integer("hosts", 1, 100000).value_or(0),
                  fields.integer("percent", 1, 100).value_or(0), fields.integer("atOnce", 1, 10000).value_or(1)};
    if ((ring.hosts == 0) == (ring.percent == 0)) fields.error("hosts", "is needed, or percent, but not both");
    out.rings.push_back(ring);
  });
  reader.object("logs", [&](ObjectReader& fields) {
    out.logError = fields.text("error", {.required = true, .maxLength = 500});
    if (!isExpressionOfOneGroup(out.logError))
      fields.error("error", "must be a regular expression (ECMAScript) with one group, which is the request");
  });
  reader.object("seconds", [&](ObjectReader& fields) {
    const auto take = [&](std::string_view field, int& value) {
      value = fields.integer(field, 0, 604800).value_or(value);
    };
    take("podStart", out.seconds.podStart);
    take("jobStart", out.seconds.jobStart);
    take("check", out.seconds.check);
    take("backup", out.seconds.backup);
    take("probe", out.seconds.probe);
    take("host", out.seconds.host);
    take("soak", out.seconds.soak);
  });
  if (out.rings.empty() || out.rings.back().percent != 100)
    reader.error("rings", "must end with a ring of 100 percent");
}

}  // namespace

std::string upgradeName(ObjectReader& reader) {
  std::string name = reader.text("name", {.required = true, .maxLength = 63});
  if (!name.empty() && !isDnsLabel(name, 32))
    reader.error("name", inQuotes(name) + " is no name: a-z first, then a-z, 0-9 and -, at most 32 characters");
  return name;
}

std::vector<int> decodeCodes(ObjectReader& reader, std::string_view field) {
  std::vector<int> codes;
  const Json* value = reader.take(field);
  if (value == nullptr) return codes;
  const bool fits =
      value->is_array() && value->size() <= 16 && std::all_of(value->begin(), value->end(), [](const Json& code) {
        return code.is_number_integer() && code.get<std::int64_t>() >= 0 && code.get<std::int64_t>() <= 255;
      });
  if (fits) {
    codes = value->get<std::vector<int>>();
  } else {
    reader.error(field, "must be a list of exit codes from 0 to 255");
  }
  return codes;
}

ExitRules decodeExit(ObjectReader& reader) {
  ExitRules rules;
  reader.object("exit", [&](ObjectReader& fields) {
    if (fields.has("done")) rules.done = decodeCodes(fields, "done");
    static_cast<void>(fields.take("done"));
    rules.warn = decodeCodes(fields, "warn");
    rules.repeat = decodeCodes(fields, "repeat");
  });
  return rules;
}

Texts decodeCommand(ObjectReader& reader, std::string_view field) {
  Texts command = reader.texts(field, 32, 500);
  if (command.empty()) reader.error(field, "is missing, write it as a list of words");
  return command;
}

std::vector<GateDefinition> decodeGates(ObjectReader& reader, GateOwner owner) {
  std::vector<GateDefinition> out;
  reader.objectList("gates", kMaxHopEntries, [&](ObjectReader& fields) {
    GateDefinition gate;
    gate.id = fields.text("id", {.required = true});
    if (owner == GateOwner::Hop) gate.service = fields.text("service", {.required = true});
    gate.summary = fields.text("summary", {.required = true, .maxLength = kSentence});
    gate.ask = fields.choice("ask", questionNames(), true);
    gate.with = fields.textMap("with", 8, kQuery);
    if (owner != GateOwner::Defaults) gate.before = fields.text("before");
    gate.remedy = fields.text("remedy", {.required = true, .maxLength = kSentence});
    checkEntries(fields, gate);
    out.push_back(std::move(gate));
  });
  return out;
}

Result<Hop> decodeHopDocument(const YamlDocument& document, std::set<std::string>* trace) {
  return decodeDocument<Hop>(document, trace, decodeHopBody);
}

Result<UpgradeDefaults> decodeDefaultsDocument(const YamlDocument& document, std::set<std::string>* trace) {
  return decodeDocument<UpgradeDefaults>(document, trace, decodeDefaultsBody);
}

}  // namespace windlass::ops
