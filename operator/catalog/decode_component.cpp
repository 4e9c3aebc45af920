// What runs: components, jobs, and the parts both have.
#include <algorithm>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxArguments = 100;
constexpr std::size_t kMaxArgument = 16384;

std::optional<Probe> decodeProbe(ObjectReader& reader, std::string_view field) {
  std::optional<Probe> out;
  reader.object(field, [&](ObjectReader& fields) {
    Probe probe;
    probe.type = fields.choice("type", {"http", "tcp", "exec"}, true);
    probe.port = fields.text("port", {.maxLength = 15});
    probe.path = fields.text("path");
    probe.command = fields.texts("command", kMaxArguments, kMaxArgument);
    probe.initialDelaySeconds = fields.integer("initialDelaySeconds", 0, 600).value_or(0);
    probe.periodSeconds = fields.integer("periodSeconds", 1, 600).value_or(10);
    probe.timeoutSeconds = fields.integer("timeoutSeconds", 1, 600).value_or(5);
    probe.failureThreshold = fields.integer("failureThreshold", 1, 1000).value_or(3);
    if (probe.type == "exec" && probe.command.empty())
      fields.error("command", "is missing, a probe of type exec needs it");
    if (probe.type != "exec" && probe.port.empty()) fields.error("port", "is missing, name a port of the component");
    if (probe.type == "http" && probe.path.empty()) fields.error("path", "is missing, a probe of type http needs it");
    out = probe;
  });
  return out;
}

std::vector<SecretFolder> decodeSecretFolders(ObjectReader& reader) {
  std::vector<SecretFolder> out;
  reader.objectList("secretFolders", 16, [&](ObjectReader& fields) {
    SecretFolder folder;
    folder.secret = fields.text("secret", {.required = true});
    folder.path = absolutePath(fields, "path");
    folder.keys = fields.texts("keys", 32);
    folder.reload = fields.flag("reload").value_or(false);
    out.push_back(folder);
  });
  return out;
}

std::vector<WritableFolder> decodeWritable(ObjectReader& reader) {
  std::vector<WritableFolder> out;
  reader.objectList("writable", 16, [&](ObjectReader& fields) {
    WritableFolder folder;
    folder.path = absolutePath(fields, "path");
    folder.sizeLimit = fields.text("sizeLimit", {.maxLength = 32, .fallback = "64Mi"});
    folder.memory = fields.flag("memory").value_or(false);
    out.push_back(folder);
  });
  return out;
}

std::vector<VolumeMount> decodeVolumeMounts(ObjectReader& reader) {
  std::vector<VolumeMount> out;
  reader.objectList("volumes", 16, [&](ObjectReader& fields) {
    out.push_back({dataName(fields, "volume", true), absolutePath(fields, "path")});
  });
  return out;
}

void decodePorts(ObjectReader& reader, Component& out) {
  reader.map("ports", 16, [&](const std::string& name, const Json& number, const FieldPath& path) {
    const bool fits =
        number.is_number_integer() && number.get<std::int64_t>() > 0 && number.get<std::int64_t>() < 65536;
    if (!isDnsLabel(name, 15)) reader.context().add(path.shown, "is no port name: a-z, 0-9 and -, at most 15");
    if (!fits) return reader.context().add(path.shown, "must be a port from 1 to 65535");
    out.ports.push_back({name, number.get<int>()});
  });
}

void decodeCounts(ObjectReader& reader, Component& out) {
  reader.object("replicas", [&](ObjectReader& fields) {
    out.replicas = fields.integer("default", 0, 100).value_or(1);
    out.minReplicas = fields.integer("min", 0, 100).value_or(1);
    out.maxReplicas = fields.integer("max", 1, 100).value_or(std::max(1, out.replicas));
    if (out.replicas < out.minReplicas || out.replicas > out.maxReplicas) {
      fields.error("default", "must lie between min and max");
    }
  });
}

std::optional<StorageDefinition> decodeStorage(ObjectReader& reader) {
  std::optional<StorageDefinition> out;
  reader.object("storage", [&](ObjectReader& fields) {
    out = StorageDefinition{absolutePath(fields, "path"), fields.text("size", {.required = true, .maxLength = 32})};
  });
  return out;
}

}  // namespace

Resources decodeResources(ObjectReader& reader) {
  Resources out;
  if (!reader.object("resources", [&](ObjectReader& fields) {
        out.requests = fields.textMap("requests", 8, 32);
        out.limits = fields.textMap("limits", 8, 32);
      })) {
    reader.error("resources", "is missing, say requests and limits");
  }
  return out;
}

std::vector<EnvironmentVariable> decodeEnvironment(ObjectReader& reader) {
  std::vector<EnvironmentVariable> out;
  reader.objectList("env", 64, [&](ObjectReader& fields) {
    EnvironmentVariable variable;
    variable.name = fields.text("name", {.required = true, .maxLength = 128});
    const bool hasValue = fields.has("value");
    if (const Json* value = fields.take("value"); value != nullptr) {
      const std::optional<std::string> text = scalarText(*value);
      if (!text) fields.error("value", "must be a text, a number, true or false");
      variable.value = text.value_or("");
    }
    variable.secret = fields.text("secret");
    variable.key = fields.text("key");
    variable.option = fields.text("option");
    if (hasValue == !variable.secret.empty()) fields.error("value", "is needed, or secret and key, but not both");
    if (variable.secret.empty() != variable.key.empty()) fields.error("key", "belongs to secret: give both");
    out.push_back(variable);
  });
  return out;
}

Component decodeComponent(const std::string& name, ObjectReader& reader) {
  Component out;
  out.name = name;
  if (!isDnsLabel(name, 12))
    reader.context().add(reader.path().shown, "is no component name: a-z, 0-9 and -, at most 12");
  out.kind = reader.choice("kind", {"api", "worker", "infrastructure"}, true);
  out.workload = reader.choice("workload", {"Deployment", "StatefulSet"}, true);
  out.revisions = reader.flag("revisions").value_or(false);
  out.image = reader.text("image");
  out.command = reader.texts("command", kMaxArguments, kMaxArgument);
  out.args = reader.texts("args", kMaxArguments, kMaxArgument);
  decodePorts(reader, out);
  out.service = reader.choice("service", {"none", "cluster", "headless"});
  out.publishNotReady = reader.flag("publishNotReady").value_or(false);
  out.env = decodeEnvironment(reader);
  out.secretFolders = decodeSecretFolders(reader);
  out.writable = decodeWritable(reader);
  out.storage = decodeStorage(reader);
  out.volumes = decodeVolumeMounts(reader);
  out.trafficFolder = reader.text("trafficFolder");
  if (!out.trafficFolder.empty() && out.trafficFolder.front() != '/')
    reader.error("trafficFolder", "must be an absolute path");
  out.startup = decodeProbe(reader, "startup");
  out.readiness = decodeProbe(reader, "readiness");
  out.liveness = decodeProbe(reader, "liveness");
  out.resources = decodeResources(reader);
  decodeCounts(reader, out);
  out.surge = reader.integer("surge", 0, 10).value_or(1);
  out.drainSeconds = reader.integer("drainSeconds", 0, 600).value_or(0);
  out.finishSeconds = reader.integer("finishSeconds", 1, 3600).value_or(25);
  out.readOnlyRoot = reader.flag("readOnlyRoot").value_or(true);
  if (out.revisions && out.workload != "Deployment") reader.error("revisions", "needs workload: Deployment");
  if (out.storage && out.workload != "StatefulSet") reader.error("storage", "needs workload: StatefulSet");
  return out;
}

JobDefinition decodeJob(ObjectReader& reader, bool named) {
  JobDefinition out;
  if (named) out.name = dataName(reader, "name", true);
  out.summary = reader.text("summary", {.required = true, .maxLength = 120});
  out.image = reader.text("image");
  out.command = reader.texts("command", kMaxArguments, kMaxArgument);
  out.args = reader.texts("args", kMaxArguments, kMaxArgument);
  out.env = decodeEnvironment(reader);
  out.secretFolders = decodeSecretFolders(reader);
  out.writable = decodeWritable(reader);
  out.keyedBy = reader.texts("keyedBy", 8);
  for (const std::string& key : out.keyedBy) {
    const std::vector<std::string> known = {"image", "config", "secrets"};
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      reader.error("keyedBy", inQuotes(key) + " is not known" + suggestion(key, known));
    }
  }
  if (!named) out.storage = decodeStorage(reader);
  out.resources = decodeResources(reader);
  out.deadlineSeconds = reader.integer("deadlineSeconds", 10, 86400).value_or(600);
  out.attempts = reader.integer("attempts", 1, 20).value_or(6);
  out.afterComponents = reader.flag("afterComponents").value_or(false);
  out.readOnlyRoot = reader.flag("readOnlyRoot").value_or(true);
  if (out.command.empty()) reader.error("command", "is missing");
  return out;
}

}  // namespace windlass::ops
