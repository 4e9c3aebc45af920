#pragma once
// The NoCloud seed: what cloud-init in the guest reads at its first boot. Pure.
// Source: https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html and network-config-format-v2.
#include <string>
#include <vector>

namespace windlass::vm {

struct Route {
  std::string destination;  // "0.0.0.0/0"
  std::string gateway;      // empty: on the link
  bool operator==(const Route&) const = default;
};

// The pod's network as its guest takes it over.
struct GuestNetwork {
  std::string mac;
  std::vector<std::string> addresses;  // "10.244.1.7/24"
  std::vector<Route> routes;
  int mtu = 1500;
  std::vector<std::string> nameservers;
  std::vector<std::string> searchDomains;
  bool operator==(const GuestNetwork&) const = default;
};

struct SeedInput {
  std::string instanceId;  // a new one makes cloud-init treat the boot as a first boot
  std::string hostname;
  std::vector<std::string> authorizedKeys;  // SSH public keys for the image's default user
  std::string userData;                     // may be empty
  GuestNetwork network;
};

struct SeedFile {
  std::string name;
  std::string content;
};

// meta-data, user-data and network-config.
std::vector<SeedFile> seedFiles(const SeedInput& input);

// An ISO 9660 image with Joliet names, volume label `label` (at most 16 characters), files in its root. Every date in
// it is the epoch, so equal files give equal bytes. Source: ECMA-119; Joliet specification (1995).
std::string isoImage(const std::string& label, const std::vector<SeedFile>& files);

}  // namespace windlass::vm
