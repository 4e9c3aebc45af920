#include <algorithm>

#include "operator/catalog/catalog.h"
#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxParts = 32;

SecretKeyDefinition decodeSecretKey(const std::string& key, ObjectReader& reader) {
  SecretKeyDefinition out;
  out.key = key;
  out.generator = reader.choice("generator", {"password", "hex", "fernet-key", "template", "literal"}, true);
  out.length = reader.integer("length", 8, 128).value_or(32);
  out.value = reader.text("value", {.maxLength = 1024});
  const bool wantsValue = out.generator == "template" || out.generator == "literal";
  if (wantsValue == out.value.empty())
    reader.error("value", wantsValue ? "is missing" : "belongs to template and literal only");
  return out;
}

ApiDefinition decodeApi(ObjectReader& reader) {
  ApiDefinition out;
  out.type = dataName(reader, "type", true);
  out.component = dataName(reader, "component", true);
  out.port = reader.text("port", {.required = true, .maxLength = 15});
  if (!reader.has("gatewayPort")) reader.error("gatewayPort", "is missing");
  out.gatewayPort = reader.integer("gatewayPort", 1024, 65535).value_or(0);
  out.path = reader.text("path");
  out.healthPath = reader.text("healthPath", {.required = true});
  return out;
}

void decodeAccount(ObjectReader& reader, ServiceDefinition& out) {
  reader.object("account", [&](ObjectReader& fields) {
    out.account = AccountDefinition{fields.text("name", {.required = true, .maxLength = 64}),
                                    fields.text("project", {.required = true, .maxLength = 64}),
                                    dataName(fields, "secret", true), fields.texts("roles", kMaxParts, 64)};
    if (out.account->roles.empty()) fields.error("roles", "is empty, an account without a role can do nothing");
  });
}

void decodeConnections(ObjectReader& reader, ServiceDefinition& out) {
  reader.object("connection", [&](ObjectReader& fields) {
    out.connection = ConnectionDefinition{dataName(fields, "component", true),
                                          fields.text("port", {.required = true, .maxLength = 15}),
                                          fields.text("adminSecret"), fields.text("url", {.maxLength = 512})};
  });
  reader.object("provision", [&](ObjectReader& fields) { out.provision = decodeJob(fields, false); });
  reader.object("backup", [&](ObjectReader& fields) { out.backup = decodeJob(fields, false); });
  if (out.backup && out.role != "database") reader.error("backup", "belongs to a database");
  if (out.backup && !out.backup->storage) reader.error("backup", "needs storage");
  reader.object("restore", [&](ObjectReader& fields) { out.restore = decodeJob(fields, false); });
  if (out.restore && !(out.backup && out.restore->storage))
    reader.error("restore", "needs storage, and a backup that leaves its copies there");
  reader.object("probe", [&](ObjectReader& fields) { out.probe = decodeJob(fields, false); });
  reader.objectList("databases", kMaxParts, [&](ObjectReader& fields) {
    DatabaseDefinition database;
    database.name = fields.text("name", {.required = true, .maxLength = 64});
    database.user = fields.text("user", {.required = true, .maxLength = 64});
    database.secret = dataName(fields, "secret", true);
    out.databases.push_back(database);
  });
}

void decodeBody(ObjectReader& reader, ServiceDefinition& out) {
  reader.choice("apiVersion", {"windlass.dev/definition/v1"}, true);
  const std::string kind = reader.choice("kind", {"Service", "Infrastructure"}, true);
  out.name = dataName(reader, "name", true);
  out.title = reader.text("title", {.required = true});
  out.role = reader.choice("role", {"", "database", "messaging", "cache", "gateway"});
  if ((kind == "Infrastructure") == out.role.empty())
    reader.error("role", "belongs to kind Infrastructure, and is needed there");
  out.image = reader.text("image", {.required = true});
  out.needs = reader.texts("needs", kMaxParts);
  reader.object("user", [&](ObjectReader& fields) {
    out.user = {fields.integer("uid", 1, 65535).value_or(0), fields.integer("gid", 1, 65535).value_or(0)};
  });
  if (out.user.uid == 0 || out.user.gid == 0) reader.error("user", "needs uid and gid, neither may be 0");
  reader.objectMap("files", kMaxParts, [&](const std::string& name, ObjectReader& fields) {
    out.files.push_back(decodeConfigFile(name, fields));
  });
  reader.objectMap("secrets", kMaxParts, [&](const std::string& name, ObjectReader& fields) {
    out.secrets.push_back(decodeSecret(name, fields));
  });
  decodeAccount(reader, out);
  reader.objectMap("volumes", kMaxParts, [&](const std::string& name, ObjectReader& fields) {
    if (!isDnsLabel(name, 16))
      reader.context().add(fields.path().shown, "is no volume name: a-z, 0-9 and -, at most 16");
    out.volumes.push_back({name, fields.text("size", {.required = true, .maxLength = 32})});
  });
  reader.objectMap("components", kMaxParts, [&](const std::string& name, ObjectReader& fields) {
    out.components.push_back(decodeComponent(name, fields));
  });
  if (out.components.empty()) reader.error("components", "is empty, at least one is needed");
  reader.objectList("jobs", kMaxParts, [&](ObjectReader& fields) { out.jobs.push_back(decodeJob(fields, true)); });
  reader.objectList("apis", kMaxParts, [&](ObjectReader& fields) { out.apis.push_back(decodeApi(fields)); });
  decodeConnections(reader, out);
}

}  // namespace

std::string dataName(ObjectReader& reader, std::string_view field, bool required) {
  const std::string name = reader.text(field, {.required = required});
  if (!name.empty() && !isDnsLabel(name, 16)) {
    reader.error(field, inQuotes(name) + " is no name: a-z first, then a-z, 0-9 and -, at most 16 characters");
  }
  return name;
}

std::string absolutePath(ObjectReader& reader, std::string_view field) {
  const std::string path = reader.text(field, {.required = true});
  if (!path.empty() && (path.front() != '/' || path.find("..") != std::string::npos)) {
    reader.error(field, inQuotes(path) + " must be an absolute path");
  }
  return path;
}

SecretDefinition decodeSecret(const std::string& name, ObjectReader& reader) {
  SecretDefinition out;
  out.name = name;
  if (!isDnsLabel(name, 20)) reader.context().add(reader.path().shown, "is no secret name: a-z, 0-9 and -, at most 20");
  out.keepOnDelete = reader.flag("keepOnDelete").value_or(false);
  out.suppliedBy = reader.choice("suppliedBy", {"", "adminPasswordSecretRef"});
  reader.objectMap("keys", kMaxParts, [&](const std::string& key, ObjectReader& fields) {
    out.keys.push_back(decodeSecretKey(key, fields));
  });
  if (out.keys.empty()) reader.error("keys", "is empty, at least one is needed");
  return out;
}

Result<ServiceDefinition> decodeDefinitionDocument(const YamlDocument& document, std::set<std::string>* trace) {
  ServiceDefinition out;
  DecodeContext context{.errors = {}, .trace = trace};
  {
    ObjectReader reader(document.value, {}, context);
    if (document.value.is_object()) decodeBody(reader, out);
  }
  if (context.errors.empty()) checkDefinition(out, context);
  if (auto status = locate(context, document); !status) return kube::fail(std::move(status).error());
  return out;
}

Result<ServiceDefinition> decodeDefinition(const std::string& text, const std::string& file) {
  WINDLASS_TRY_ASSIGN(const YamlDocument document, parseYaml(text, file));
  return decodeDefinitionDocument(document);
}

}  // namespace windlass::ops
