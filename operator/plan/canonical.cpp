#include "operator/plan/canonical.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "operator/model/decode.h"
#include "operator/plan/names.h"

namespace windlass::ops {
namespace {

using kube::Json;

constexpr std::size_t kMaxSteps = 5000;
constexpr std::size_t kMaxHosts = 100000;
constexpr std::size_t kText = 4096;
constexpr std::size_t kMaxChanges = 200;

std::string sha256(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string text = "sha256:";
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

template <class T>
void put(Json& out, const char* key, const T& value, const T& usual = T{}) {
  if (value != usual) out[key] = value;
}

Json exitJson(const StepExit& exit) {
  Json out = Json::object();
  put(out, "done", exit.done, {0});
  put(out, "warn", exit.warn);
  put(out, "repeat", exit.repeat);
  return out;
}

Json stepJson(const Step& step) {
  Json out = {
      {"id", step.id}, {"phase", toString(step.phase)}, {"kind", toString(step.kind)}, {"undo", toString(step.undo)}};
  put(out, "service", step.service);
  put(out, "component", step.component);
  put(out, "summary", step.summary);
  put(out, "release", step.release);
  put(out, "image", step.image);
  put(out, "command", step.command);
  if (const Json exit = exitJson(step.exit); !exit.empty()) out["exit"] = exit;
  put(out, "examine", step.examine);
  put(out, "examinedDone", step.examinedDone);
  put(out, "needs", step.needs);
  put(out, "ensures", step.ensures);
  put(out, "touches", step.touches);
  put(out, "besideOld", step.besideOld, true);
  put(out, "undoHow", step.undoHow);
  put(out, "seconds", step.seconds);
  put(out, "impact", step.impact);
  put(out, "downtime", step.downtime);
  put(out, "attempts", step.attempts, 1);
  put(out, "with", step.with);
  put(out, "hazards", step.hazards);
  return out;
}

StepExit decodeStepExit(ObjectReader& fields) {
  StepExit exit;
  fields.object("exit", [&](ObjectReader& inner) {
    const auto codes = [&](std::string_view field, std::vector<int>& into) {
      const Json* value = inner.take(field);
      if (value == nullptr) return;
      into.clear();
      if (!value->is_array()) return inner.error(field, "must be a list of exit codes");
      for (const Json& code : *value) {
        if (!code.is_number_integer()) return inner.error(field, "must be a list of exit codes");
        into.push_back(code.get<int>());
      }
    };
    codes("done", exit.done);
    codes("warn", exit.warn);
    codes("repeat", exit.repeat);
  });
  return exit;
}

Step decodeStep(ObjectReader& fields) {
  Step step;
  step.id = fields.text("id", {.required = true});
  step.phase = *phaseNamed(fields.choice("phase", phaseNames(), true));
  step.kind = *kindNamed(fields.choice("kind", kindNames(), true));
  step.undo = *undoNamed(fields.choice("undo", undoNames(), true));
  step.service = fields.text("service");
  step.component = fields.text("component");
  step.summary = fields.text("summary", {.maxLength = kText});
  step.release = fields.text("release", {.maxLength = 16});
  step.image = fields.text("image", {.maxLength = 512});
  step.command = fields.texts("command", 64, kText);
  step.exit = decodeStepExit(fields);
  step.examine = fields.texts("examine", 64, kText);
  if (const Json* codes = fields.take("examinedDone"); codes != nullptr && codes->is_array()) {
    for (const Json& code : *codes) step.examinedDone.push_back(code.is_number_integer() ? code.get<int>() : 255);
  }
  step.needs = fields.texts("needs", 256);
  step.ensures = fields.texts("ensures", 16);
  step.touches = fields.texts("touches", 64);
  step.besideOld = fields.flag("besideOld").value_or(true);
  step.undoHow = fields.text("undoHow", {.maxLength = kText});
  step.seconds = fields.integer("seconds", 0, INT32_MAX).value_or(0);
  step.impact = fields.text("impact", {.maxLength = kText});
  step.downtime = fields.flag("downtime").value_or(false);
  step.attempts = fields.integer("attempts", 1, 100).value_or(1);
  step.with = fields.textMap("with", 32, kText);
  step.hazards = fields.texts("hazards", 64);
  return step;
}

void decodeVersions(ObjectReader& reader, UpgradePlan& plan) {
  reader.objectMap("versions", 64, [&](const std::string& service, ObjectReader& fields) {
    plan.versionsFrom[service] = fields.text("from", {.maxLength = 32});
    plan.versionsTo[service] = fields.text("to", {.maxLength = 32});
  });
}

void decodeParts(ObjectReader& reader, UpgradePlan& plan) {
  reader.objectList("steps", kMaxSteps, [&](ObjectReader& fields) { plan.steps.push_back(decodeStep(fields)); });
  reader.objectList("hazards", 500, [&](ObjectReader& fields) {
    plan.hazards.push_back({fields.text("id", {.required = true}), fields.text("service"), fields.text("kind"),
                            fields.text("summary", {.maxLength = kText}), fields.text("remedy", {.maxLength = kText}),
                            fields.texts("revisions", 64)});
  });
  reader.objectList("rings", 64, [&](ObjectReader& fields) {
    plan.rings.push_back({fields.text("name", {.required = true}), fields.integer("atOnce", 1, 10000).value_or(1),
                          fields.texts("hosts", kMaxHosts)});
  });
  reader.map("environment", 64, [&](const std::string& service, const Json& variables, const FieldPath& path) {
    for (const auto& [name, value] : variables.items()) {
      if (!value.is_string()) return reader.context().add(path.shown, "must hold texts");
      plan.environment[service][name] = value.get<std::string>();
    }
  });
}

// The index of a step's id, steps.size() for "".
std::size_t indexOf(const UpgradePlan& plan, const std::string& id) {
  std::size_t at = 0;
  while (at < plan.steps.size() && plan.steps[at].id != id) ++at;
  return at;
}

UpgradePlan decodePlan(ObjectReader& reader, std::string& hash) {
  UpgradePlan plan;
  plan.cloud = reader.text("cloud", {.required = true});
  plan.ns = reader.text("namespace");
  plan.from = reader.text("from", {.required = true, .maxLength = 16});
  plan.to = reader.text("to", {.required = true, .maxLength = 16});
  plan.route = reader.text("route", {.required = true});
  plan.settingsFrom = reader.text("settingsFrom");
  plan.settingsTo = reader.text("settingsTo");
  plan.settingsRevision = reader.integer("settingsRevision", 0, INT32_MAX).value_or(0);
  plan.changes = reader.texts("changes", kMaxChanges, kText);
  plan.services = reader.texts("services", 64);
  decodeVersions(reader, plan);
  decodeParts(reader, plan);
  plan.assumptions = reader.texts("assumptions", 64, kText);
  plan.seconds = reader.integer("seconds", 0, INT32_MAX).value_or(0);
  plan.specDigest = reader.text("specDigest");
  const std::string last = reader.text("pointOfNoReturn");
  plan.pointOfNoReturn = indexOf(plan, last);
  if (!last.empty() && plan.pointOfNoReturn == plan.steps.size())
    reader.error("pointOfNoReturn", "no step has the id " + inQuotes(last));
  hash = reader.text("hash", {.required = true});
  return plan;
}

}  // namespace

Json toJson(const UpgradePlan& plan) {
  Json out = {
      {"cloud", plan.cloud}, {"from", plan.from}, {"to", plan.to}, {"route", plan.route}, {"services", plan.services}};
  put(out, "namespace", plan.ns);
  put(out, "settingsFrom", plan.settingsFrom);
  put(out, "settingsTo", plan.settingsTo);
  put(out, "settingsRevision", plan.settingsRevision);
  put(out, "changes", plan.changes);
  for (const auto& [service, version] : plan.versionsFrom) {
    out["versions"][service] = {{"from", version}, {"to", plan.versionsTo.at(service)}};
  }
  out["steps"] = Json::array();
  for (const Step& step : plan.steps) out["steps"].push_back(stepJson(step));
  for (const PlanHazard& hazard : plan.hazards) {
    Json one = {{"id", hazard.id}, {"service", hazard.service}, {"kind", hazard.kind}, {"summary", hazard.summary}};
    put(one, "remedy", hazard.remedy);
    put(one, "revisions", hazard.revisions);
    out["hazards"].push_back(std::move(one));
  }
  for (const PlanRing& ring : plan.rings) {
    Json one = {{"name", ring.name}, {"atOnce", ring.atOnce}};
    put(one, "hosts", ring.hosts);
    out["rings"].push_back(std::move(one));
  }
  put(out, "environment", plan.environment);
  put(out, "assumptions", plan.assumptions);
  put(out, "specDigest", plan.specDigest);
  out["seconds"] = plan.seconds;
  if (plan.pointOfNoReturn < plan.steps.size()) out["pointOfNoReturn"] = plan.steps[plan.pointOfNoReturn].id;
  return out;
}

// Exposed for the test that compares the decoder with the CRD.
void decodePlanSpec(const Json& value, DecodeContext& context) {
  std::string hash;
  ObjectReader reader(value, {"spec", "spec"}, context);
  if (value.is_object()) static_cast<void>(decodePlan(reader, hash));
}

kube::Result<UpgradePlan> planFromJson(const Json& spec) {
  DecodeContext context;
  std::string hash;
  UpgradePlan plan;
  {
    ObjectReader reader(spec, {"spec", "spec"}, context);
    if (spec.is_object()) plan = decodePlan(reader, hash);
  }
  WINDLASS_TRY(context.status());
  if (const std::string real = hashOf(plan); real != hash) {
    return kube::fail(kube::ErrorKind::Invalid,
                      "spec.hash: is " + hash + ", but the plan's is " + real + "; it was changed after it was made");
  }
  return plan;
}

std::string hashOf(const UpgradePlan& plan) {
  return sha256(toJson(plan).dump());
}

Json specOf(const UpgradePlan& plan) {
  Json spec = toJson(plan);
  spec["hash"] = sha256(spec.dump());
  return spec;
}

Json objectOf(const UpgradePlan& plan) {
  const Json spec = specOf(plan);
  const std::string hash = spec.at("hash").get<std::string>();
  const std::string& to = plan.route == kSettingsRoute ? plan.route : plan.to;
  Json metadata = {{"name", plan.cloud + "-" + plan.from + "-" + to + "-" + hash.substr(7, 10)}};
  if (!plan.ns.empty()) metadata["namespace"] = plan.ns;
  return {{"apiVersion", "windlass.dev/v1alpha1"}, {"kind", "UpgradePlan"}, {"metadata", metadata}, {"spec", spec}};
}

std::string specDigest(const Json& cloudSpec) {
  Json rest = cloudSpec;
  if (rest.is_object()) rest.erase("release");
  return sha256(rest.dump());
}

}  // namespace windlass::ops
