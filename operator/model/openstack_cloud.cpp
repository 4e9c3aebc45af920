#include "operator/model/openstack_cloud.h"

#include <algorithm>

#include "kube/object/meta.h"
#include "operator/model/decode.h"
#include "operator/model/decode_workload.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxServices = 64;
constexpr std::size_t kMaxSections = 100;
constexpr std::size_t kMaxKeys = 500;
constexpr std::size_t kMaxValue = 4096;
constexpr int kMaxReplicas = 100;

// A line break in a key or value would start a new line, hence a new option, in the file it is written to.
bool isOneLine(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::vector<std::string> decodeValues(const Json& value, const FieldPath& path, DecodeContext& context) {
  std::vector<std::string> out;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& item : list) {
    const std::optional<std::string> text = scalarText(item);
    if (!text || text->size() > kMaxValue || !isOneLine(*text) || list.size() > kMaxSections) {
      context.add(path.shown, "must be a text of one line, a number, true or false, or a short list of these");
      return {};
    }
    out.push_back(*text);
  }
  return out;
}

ConfigLayer decodeConfig(ObjectReader& reader) {
  ConfigLayer layer;
  reader.map("config", kMaxSections, [&](const std::string& section, const Json& keys, const FieldPath& path) {
    DecodeContext& context = reader.context();
    if (!isOneLine(section) || section.size() > 128) return context.add(path.shown, "is no section name");
    if (!keys.is_object() || keys.size() > kMaxKeys) {
      return context.add(path.shown, "must hold at most " + std::to_string(kMaxKeys) + " entries of key: value");
    }
    for (const auto& [key, value] : keys.items()) {
      const FieldPath where = path.key(key);
      if (key.empty() || key.size() > 128 || !isOneLine(key) || key.find('=') != std::string::npos ||
          key.front() == '[') {
        context.add(where.shown, "is no option name");
        continue;
      }
      layer[section][key] = decodeValues(value, where, context);
    }
  });
  return layer;
}

Placement decodePlacement(ObjectReader& reader) {
  Placement placement;
  reader.object("placement", [&](ObjectReader& fields) {
    placement.nodeSelector = fields.textMap("nodeSelector", 16, 63);
    fields.objectList("tolerations", 16, [&](ObjectReader& item) {
      Toleration toleration;
      toleration.key = item.text("key");
      toleration.op = item.choice("operator", {"Equal", "Exists"});
      toleration.value = item.text("value", {.maxLength = 63});
      toleration.effect = item.choice("effect", {"", "NoSchedule", "PreferNoSchedule", "NoExecute"});
      toleration.tolerationSeconds = item.integer("tolerationSeconds", 0, 86400);
      placement.tolerations.push_back(toleration);
    });
  });
  return placement;
}

}  // namespace

void decodeSettingFields(ObjectReader& reader, WorkloadSpec& out) {
  out.config = decodeConfig(reader);
  reader.object("resources", [&](ObjectReader& fields) {
    out.resources = Resources{fields.textMap("requests", 8, 32), fields.textMap("limits", 8, 32)};
  });
  out.placement = decodePlacement(reader);
  out.image = reader.text("image", {.maxLength = 512});
}

namespace {

void decodeWorkload(ObjectReader& reader, int minReplicas, WorkloadSpec& out) {
  out.replicas = reader.integer("replicas", minReplicas, kMaxReplicas);
  decodeSettingFields(reader, out);
}

void decodeStorage(ObjectReader& reader, StorageSpec& out) {
  out.size = reader.text("size", {.maxLength = 32});
  out.className = reader.text("className");
}

void decodeService(ObjectReader& reader, ServiceSpec& out) {
  decodeWorkload(reader, 0, out);
  reader.objectMap("volumes", 16, [&](const std::string& name, ObjectReader& fields) {
    VolumeSpec& volume = out.volumes[name];
    decodeStorage(fields, volume);
    volume.accessMode = fields.choice("accessMode", {"ReadWriteOnce", "ReadWriteMany"});
  });
}

EmbeddedInfrastructure decodeEmbedded(ObjectReader& reader) {
  EmbeddedInfrastructure out;
  decodeWorkload(reader, 1, out);
  reader.object("storage", [&](ObjectReader& fields) { decodeStorage(fields, out.storage); });
  return out;
}

ExternalInfrastructure decodeExternal(ObjectReader& reader) {
  ExternalInfrastructure out;
  out.host = reader.text("host", {.required = true});
  if (!reader.has("port")) reader.error("port", "is missing, a whole number from 1 to 65535 is needed");
  out.port = reader.integer("port", 1, 65535).value_or(0);
  reader.object("credentialsSecretRef",
                [&](ObjectReader& ref) { out.credentialsSecret = ref.text("name", {.required = true}); });
  return out;
}

InfrastructureSpec decodeRole(ObjectReader& reader) {
  InfrastructureSpec out;
  reader.object("embedded", [&](ObjectReader& fields) { out.embedded = decodeEmbedded(fields); });
  reader.object("external", [&](ObjectReader& fields) { out.external = decodeExternal(fields); });
  if (out.embedded && out.external) {
    reader.context().add(reader.path().shown, "has both embedded and external, keep one of them");
  }
  if (!out.external && !out.embedded) out.embedded.emplace();
  return out;
}

GatewaySpec decodeGateway(ObjectReader& reader) {
  GatewaySpec out;
  decodeWorkload(reader, 1, out);
  reader.object("service", [&](ObjectReader& fields) {
    out.serviceType = fields.choice("type", {"ClusterIP", "NodePort", "LoadBalancer"});
    fields.map("nodePorts", 32, [&](const std::string& type, const Json& port, const FieldPath& path) {
      const std::int64_t number = port.is_number_integer() ? port.get<std::int64_t>() : 0;
      if (number < 1 || number > 65535) return fields.context().add(path.shown, "must be a port from 1 to 65535");
      out.nodePorts[type] = static_cast<int>(number);
    });
    if (!out.nodePorts.empty() && out.serviceType == "ClusterIP") {
      fields.error("nodePorts", "needs type NodePort or LoadBalancer");
    }
  });
  return out;
}

void decodeSpec(ObjectReader& reader, OpenStackCloudSpec& spec) {
  spec.release = reader.text("release", {.required = true, .maxLength = 16});
  spec.region = reader.text("region", {.maxLength = 64, .fallback = "RegionOne"});
  reader.objectMap("services", kMaxServices,
                   [&](const std::string& name, ObjectReader& fields) { decodeService(fields, spec.services[name]); });
  if (spec.services.empty()) reader.error("services", "is empty, name at least one service of the release");
  reader.object("infrastructure", [&](ObjectReader& fields) {
    for (const char* role : {"database", "messaging", "cache"}) {
      fields.object(role, [&](ObjectReader& inner) { spec.infrastructure[role] = decodeRole(inner); });
    }
  });
  reader.object("gateway", [&](ObjectReader& fields) { spec.gateway = decodeGateway(fields); });
  reader.objectList("imagePullSecrets", 8, [&](ObjectReader& item) {
    spec.imagePullSecrets.push_back(item.text("name", {.required = true}));
  });
  spec.changesPlanned = reader.choice("changes", {"Direct", "Planned"}) == "Planned";
  spec.deleteData = reader.choice("deletionPolicy", {"Retain", "Delete"}) == "Delete";
  reader.object("adminPasswordSecretRef", [&](ObjectReader& ref) {
    spec.adminPasswordSecret =
        SecretKeyRef{ref.text("name", {.required = true}), ref.text("key", {.fallback = "password"})};
  });
}

}  // namespace

// Exposed for the test that compares the decoder with the CRD.
void decodeCloudSpec(const Json& value, DecodeContext& context, OpenStackCloudSpec& spec) {
  ObjectReader reader(value, {"spec", "spec"}, context);
  if (value.is_object()) decodeSpec(reader, spec);
}

kube::Result<OpenStackCloud> decodeOpenStackCloud(const Json& object) {
  OpenStackCloud cloud;
  cloud.key = kube::keyOf(object);
  cloud.uid = kube::uidOf(object);
  cloud.generation = kube::generationOf(object);
  DecodeContext context;
  if (!isDnsLabel(cloud.key.name, 20)) {
    context.add("metadata.name",
                "must be a DNS label of at most 20 characters: a-z first, then a-z, 0-9 and -, because object names "
                "begin with it");
  }
  const Json* spec = kube::find(object, "/spec");
  if (spec == nullptr) {
    context.add("spec", "is missing");
  } else {
    decodeCloudSpec(*spec, context, cloud.spec);
  }
  if (auto status = context.status(); !status) return kube::fail(std::move(status).error());
  return cloud;
}

}  // namespace windlass::ops
