#pragma once
// The catalog: what services are (charts/openstack/<name>/service.yaml) and what releases hold
// (upgrades/releases/<id>.yaml), and how one release becomes the next (upgrades/sequences, upgrades/hops). Immutable
// after reading; may be shared by threads.
//
// Reading is the only I/O. Every error names file, line and field: "charts/openstack/x/service.yaml:12:
// components.api...".
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "operator/catalog/definition.h"
#include "operator/catalog/upgrade_data.h"

namespace windlass::ops {

struct ReleaseService {
  std::string version;  // of the software, for people
  std::string image;    // name in Release::images, "" = as the definition says
  ConfigLayer config;   // between the definition's defaults and the cloud's
};

struct Release {
  std::string id;    // "2025.1"
  std::string name;  // "Epoxy"
  bool slurp = false;
  std::map<std::string, std::string> images;          // name -> "repository:tag", below the registry
  std::map<std::string, std::string> infrastructure;  // role -> definition
  std::map<std::string, ReleaseService> services;     // definition -> what this release says of it
  std::map<std::string, std::string> planOnly;        // services without a definition yet -> version: planned, not run

  // Version of a service's software, "" when the release does not have it.
  std::string versionOf(const std::string& service) const;
};

struct Catalog {
  std::map<std::string, ServiceDefinition> definitions;  // by name
  std::map<std::string, Release> releases;               // by id
  std::map<std::string, Sequence> sequences;             // by service
  std::map<std::string, Hop> hops;                       // by "from-to", forbidden ones too
  UpgradeDefaults upgradeDefaults;

  const ServiceDefinition* definition(const std::string& name) const;
  const Release* release(const std::string& id) const;
  std::vector<std::string> releaseIds() const;
};

// The service among the `needs` of `definition` whose provision job makes accounts; nullptr when there is none.
const ServiceDefinition* accountProviderOf(const Catalog& catalog, const ServiceDefinition& definition);

// Reads both folders. Files above 1 MiB, more than 200 definitions or 100 releases are refused. Also checks what no
// single file can show: that names used by one file exist in the other.
kube::Result<Catalog> readCatalog(const std::filesystem::path& charts, const std::filesystem::path& upgrades);

// The pure parts: `file` is only for messages.
kube::Result<ServiceDefinition> decodeDefinition(const std::string& text, const std::string& file);
kube::Result<Release> decodeRelease(const std::string& text, const std::string& file);

}  // namespace windlass::ops
