#pragma once
// OpenStackCloud (windlass.dev/v1alpha1): a whole cloud as one object. crds/openstackclouds.yaml is the source of truth
// for fields, defaults and bounds; a test proves that this decoder and that schema know the same fields.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"
#include "operator/model/component_release.h"

namespace windlass::ops {

inline const kube::ResourceKind kOpenStackCloudKind{"windlass.dev", "v1alpha1", "OpenStackCloud", "openstackclouds",
                                                    true};
// Keeps the cloud object until what it made is gone.
inline constexpr std::string_view kCloudFinalizer = "windlass.dev/cloud";

// "section" or "file/section" -> key -> values (several values: the key is written several times).
using ConfigLayer = std::map<std::string, std::map<std::string, std::vector<std::string>>>;

// Kubernetes quantities as text: "250m", "128Mi".
struct Resources {
  std::map<std::string, std::string> requests;
  std::map<std::string, std::string> limits;
  bool operator==(const Resources&) const = default;
};

struct Toleration {
  std::string key, op, value, effect;
  std::optional<int> tolerationSeconds;
};

struct Placement {
  std::map<std::string, std::string> nodeSelector;
  std::vector<Toleration> tolerations;
};

// What a person may say about anything that runs. An absent value means: as the service definition says.
struct WorkloadSpec {
  std::optional<int> replicas;
  ConfigLayer config;
  std::optional<Resources> resources;
  Placement placement;
  std::string image;  // complete reference, "" = from the release
};

struct StorageSpec {
  std::string size;       // quantity, "" = as the definition says
  std::string className;  // "" = the cluster's default
};

// A volume of a service, in place of what the definition says.
struct VolumeSpec : StorageSpec {
  std::string accessMode = "ReadWriteOnce";  // ReadWriteOnce: all pods on one node | ReadWriteMany
};

struct ServiceSpec : WorkloadSpec {
  std::map<std::string, VolumeSpec> volumes;  // by the definition's name of the volume
};

struct EmbeddedInfrastructure : WorkloadSpec {
  StorageSpec storage;
};

struct ExternalInfrastructure {
  std::string host;
  int port = 0;
  std::string credentialsSecret;  // Secret with keys username and password; "" = none needed
};

// Exactly one of the two.
struct InfrastructureSpec {
  std::optional<EmbeddedInfrastructure> embedded;
  std::optional<ExternalInfrastructure> external;
};

struct GatewaySpec : WorkloadSpec {
  std::string serviceType = "ClusterIP";  // ClusterIP | NodePort | LoadBalancer
  std::map<std::string, int> nodePorts;   // service type ("identity") -> port, only with NodePort and LoadBalancer
};

struct SecretKeyRef {
  std::string name;
  std::string key = "password";
};

struct OpenStackCloudSpec {
  std::string release;  // "2025.1"
  std::string region = "RegionOne";
  std::map<std::string, ServiceSpec> services;
  std::map<std::string, InfrastructureSpec> infrastructure;  // "database", "messaging", "cache"
  GatewaySpec gateway;
  std::vector<std::string> imagePullSecrets;
  bool deleteData = false;      // deletionPolicy: Delete
  bool changesPlanned = false;  // changes: Planned, new settings of services wait for an approved plan (settings.h)
  std::optional<SecretKeyRef> adminPasswordSecret;
};

struct ServiceStatus {
  int replicas = 0;
  int readyReplicas = 0;
  std::string revision;
};

struct OpenStackCloudStatus {
  std::int64_t observedGeneration = 0;
  std::string release;                           // the release that runs
  ComponentReleases components;                  // those that run another release or other settings
  std::string settings;                          // name of the settings in use; "" unless changes are planned
  std::int64_t settingsRevision = 0;             // how often they were replaced, never counted back
  std::string plan;                              // the UpgradePlan that leads from `release` to what the spec asks for
  kube::Json conditions = kube::Json::array();   // Ready, Progressing, Degraded, Upgradeable, Upgraded
  std::map<std::string, std::string> endpoints;  // service type -> URL
  std::map<std::string, ServiceStatus> services;
  std::string waitingFor;  // one sentence, "" when nothing is awaited
};

struct OpenStackCloud {
  kube::ObjectKey key;
  std::string uid;
  std::int64_t generation = 0;
  OpenStackCloudSpec spec;
};

// Strict: Invalid with path, cause and remedy for anything unknown, mistyped or out of bounds.
kube::Result<OpenStackCloud> decodeOpenStackCloud(const kube::Json& object);
// Reads what a status holds; unknown and mistyped fields are ignored (another version may have written them).
OpenStackCloudStatus decodeStatus(const kube::Json& object);
// The value of .status. Deterministic.
kube::Json encodeStatus(const OpenStackCloudStatus& status);

}  // namespace windlass::ops
