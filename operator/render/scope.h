#pragma once
// What rendering knows while it works: the parts of catalog and cloud that belong together, the references, and names.
// Private to this room. All functions are pure.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "operator/render/references.h"
#include "operator/render/render.h"

namespace windlass::ops {

using kube::Status;

struct Api {
  const ServiceDefinition* service = nullptr;
  const ApiDefinition* definition = nullptr;
  int backendPort = 0;
};

struct Scope {
  const Catalog* catalog = nullptr;
  const OpenStackCloud* cloud = nullptr;
  const RenderContext* context = nullptr;
  const Release* release = nullptr;
  std::string settings;                            // name of the settings of its services, "" when nobody asks for it
  std::vector<const ServiceDefinition*> services;  // those asked for, needed ones first
  std::map<std::string, const ServiceDefinition*> infrastructure;  // role -> what is to run (or, external, how to talk)
  std::vector<Api> apis;                                           // by gateway port
  References references;

  bool isExternal(const std::string& role) const;
  const WorkloadSpec& workloadOf(const ServiceDefinition& definition) const;
  std::string specPathOf(const ServiceDefinition& definition) const;  // "spec.services.x"
};

// Invalid when the cloud asks for what the catalog does not know.
Result<Scope> makeScope(const Catalog& catalog, const OpenStackCloud& cloud, const RenderContext& context);

// Names. Everything of a cloud begins with "<cloud>-".
std::string partName(const ServiceDefinition& definition);  // role, else name: what the object names say
std::string baseName(const Scope& scope, const ServiceDefinition& definition);
std::string componentName(const Scope& scope, const ServiceDefinition& definition, const Component& component);
std::string canaryName(const Scope& scope, const ServiceDefinition& definition, const Component& component);
std::string trafficConfigMapName(const Scope& scope, const ServiceDefinition& gateway);
std::string clusterHost(const Scope& scope, const std::string& service);  // DNS name of a Service
Result<std::string> imageOf(const Scope& scope, const ServiceDefinition& definition, const std::string& image);

// Whom a provision job serves: references ${target.*}, the Secret "account".
struct ProvisionTarget {
  const ServiceDefinition* owner = nullptr;
  std::string secret;
  References references;
};

// The account that `definition` asks for, as the provision job sees it.
ProvisionTarget accountTarget(const Scope& scope, const ServiceDefinition& definition);

// A key of a Secret that a process uses.
struct SecretUse {
  std::string name, key;
};
// The name of the Secret that the data calls `secret` (see docs/service-definitions.md, "Secrets").
Result<SecretUse> resolveSecret(const Scope& scope, const ServiceDefinition& definition, const std::string& secret,
                                const std::string& key, const ProvisionTarget& target = {});

// Labels.
namespace label {
inline constexpr const char* kCloud = "windlass.dev/cloud";
inline constexpr const char* kService = "windlass.dev/service";
inline constexpr const char* kComponent = "windlass.dev/component";
inline constexpr const char* kRevision = "windlass.dev/revision";
inline constexpr const char* kRelease = "windlass.dev/release";    // of workloads, not of their pods
inline constexpr const char* kSettings = "windlass.dev/settings";  // of workloads, not of their pods
inline constexpr const char* kPurpose = "windlass.dev/purpose";
}  // namespace label
std::map<std::string, std::string> labelsOf(const Scope& scope, const ServiceDefinition& definition,
                                            const std::string& component = "");

// 10 hexadecimal digits of the SHA-256 of the value's canonical text.
std::string shortHash(const Json& value);

}  // namespace windlass::ops
