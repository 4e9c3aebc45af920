#pragma once
// What a service is, as data: the structs that charts/openstack/<name>/service.yaml decodes into. The vocabulary is
// explained in docs/service-definitions.md and published as charts/openstack/schema/service.schema.json.
//
// A text marked (refs) may hold references ${name} from a closed list (operator/render/references.h).
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

struct ConfigEntry {
  std::string key;                  // (refs)
  std::vector<std::string> values;  // (refs) several: the key is repeated
};

struct ConfigSection {
  std::string name;     // (refs) "" for a format without sections
  std::string forEach;  // "api": once for each API of the cloud, with ${each.*}
  std::vector<ConfigEntry> entries;
};

struct ConfigFile {
  std::string name;    // "service.conf"
  std::string path;    // absolute, where every container of the service finds it
  std::string format;  // "ini", "properties", "directives"
  std::vector<ConfigSection> sections;
  std::vector<std::string> knownSections;  // what releases and clouds may set besides the sections above
};

struct SecretKeyDefinition {
  std::string key;
  std::string generator;  // password | hex | fernet-key | template | literal
  int length = 32;
  std::string value;  // (refs) template and literal
};

struct SecretDefinition {
  std::string name;
  std::vector<SecretKeyDefinition> keys;
  bool keepOnDelete = false;
  std::string suppliedBy;  // field of spec that may name a Secret instead: "adminPasswordSecretRef"
};

struct EnvironmentVariable {
  std::string name;
  std::string value;  // (refs)
  std::string secret, key;
  std::string option;  // "section/key" of the config this variable stands for: people cannot set it in config
};

// All keys of a Secret as files in one folder.
struct SecretFolder {
  std::string secret;
  std::string path;
  std::vector<std::string> keys;  // empty: all
  bool reload = false;            // the process rereads the files: a changed Secret makes no new revision
};

struct WritableFolder {
  std::string path;
  std::string sizeLimit;
  bool memory = false;
};

struct StorageDefinition {
  std::string path;
  std::string size;
};

// A volume of the whole service: every pod that mounts it, of any revision, sees the same files.
struct VolumeDefinition {
  std::string name;
  std::string size;
};

struct VolumeMount {
  std::string volume;  // name of a volume of the service
  std::string path;
};

struct Probe {
  std::string type;  // http | tcp | exec
  std::string port;  // name
  std::string path;
  std::vector<std::string> command;
  int initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 5, failureThreshold = 3;
};

struct Port {
  std::string name;
  int number = 0;
};

struct PodUser {
  int uid = 0;
  int gid = 0;
};

struct Component {
  std::string name;
  std::string kind;                        // api | worker | infrastructure
  std::string workload;                    // Deployment | StatefulSet
  bool revisions = false;                  // a Deployment for each revision (blue/green) instead of one rolled in place
  std::string image;                       // name of an image of the release; "" = the service's
  std::vector<std::string> command, args;  // (refs)
  std::vector<Port> ports;
  std::string service = "none";  // none | cluster | headless
  bool publishNotReady = false;
  std::vector<EnvironmentVariable> env;
  std::vector<SecretFolder> secretFolders;
  std::vector<WritableFolder> writable;
  std::optional<StorageDefinition> storage;
  std::vector<VolumeMount> volumes;
  std::string
      trafficFolder;  // gateway: where it finds the map files that split traffic (operator/render/traffic_maps.h)
  std::optional<Probe> startup, readiness, liveness;
  Resources resources;
  int replicas = 1, minReplicas = 1, maxReplicas = 1;
  int surge = 1;           // pods above the count while rolling
  int drainSeconds = 0;    // preStop sleep: until nobody sends new requests
  int finishSeconds = 25;  // from SIGTERM to SIGKILL
  bool readOnlyRoot = true;
};

// A database with its user in the cloud's database server.
struct DatabaseDefinition {
  std::string name, user, secret;
};

// By which the service logs in at the one it needs that has a `provision` job, which makes the account and tells the
// catalog about the APIs.
struct AccountDefinition {
  std::string name, project, secret;
  std::vector<std::string> roles;
};

struct JobDefinition {
  std::string name;
  std::string summary;  // "creating the tables": shown as what is being waited for
  std::string image;
  std::vector<std::string> command, args;  // (refs)
  std::vector<EnvironmentVariable> env;
  std::vector<SecretFolder> secretFolders;
  std::vector<WritableFolder> writable;
  // What makes it run again, besides its own command: image, config, secrets, environment
  std::vector<std::string> keyedBy;
  Resources resources;
  int deadlineSeconds = 600, attempts = 6;
  std::optional<StorageDefinition> storage;  // of a backup and restore: the claim that all of them share
  bool afterComponents = false;              // runs once the components answer (registration), not before
  bool readOnlyRoot = true;
};

// An HTTP API that the gateway serves.
struct ApiDefinition {
  std::string type;  // service type of the OpenStack catalog: "identity"
  std::string component;
  std::string port;  // name of a port of the component
  int gatewayPort = 0;
  std::string path;        // "/v3", appended to the public URL
  std::string healthPath;  // asked by the gateway
};

// How others reach a piece of infrastructure.
struct ConnectionDefinition {
  std::string component;  // whose Service is the host
  std::string port;       // name of its port
  std::string adminSecret;
  std::string url;  // template with {username} {password} and (refs), for the Secret of each user of it
};

struct ServiceDefinition {
  std::string name;
  std::string title;
  std::string role;                // "" for a service; database | messaging | cache | gateway for infrastructure
  std::string image;               // default for components and jobs
  std::vector<std::string> needs;  // roles and services that must be there before
  PodUser user;
  std::vector<ConfigFile> files;
  std::vector<SecretDefinition> secrets;
  std::vector<DatabaseDefinition> databases;
  std::optional<AccountDefinition> account;
  std::vector<VolumeDefinition> volumes;
  std::vector<Component> components;
  std::vector<JobDefinition> jobs;
  std::vector<ApiDefinition> apis;
  std::optional<ConnectionDefinition> connection;
  // Of a database: creates one database and its user. Of a service: the account and the catalog entries of one that
  // needs it.
  std::optional<JobDefinition> provision;
  // Of a database: copies the databases of one service.
  std::optional<JobDefinition> backup;
  // Of a database: puts such a copy in, in place of what is there. May run again after it was cut off.
  std::optional<JobDefinition> restore;
  // Of a service: a transaction through the gateway that reads and writes.
  std::optional<JobDefinition> probe;
};

}  // namespace windlass::ops
