#include "vmctl/domain/seed.h"

#include <fmt/format.h>

#include "kube/object/json.h"

namespace windlass::vm {
namespace {

// A JSON string is a valid YAML double-quoted scalar, whatever it holds.
std::string quoted(const std::string& text) {
  return kube::Json(text).dump(-1, ' ', true, kube::Json::error_handler_t::replace);
}

std::string quotedList(const std::vector<std::string>& items) {
  std::string out = "[";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "" : ", ") + quoted(items[i]);
  return out + "]";
}

std::string metaData(const SeedInput& input) {
  std::string out =
      fmt::format("instance-id: {}\nlocal-hostname: {}\n", quoted(input.instanceId), quoted(input.hostname));
  if (!input.authorizedKeys.empty()) out += fmt::format("public-keys: {}\n", quotedList(input.authorizedKeys));
  return out;
}

std::string routeLines(const std::vector<Route>& routes) {
  std::string out;
  for (const Route& route : routes) {
    if (route.gateway.empty()) continue;  // on-link prefixes follow from the addresses, or from on-link below
    out += fmt::format("      - to: {}\n        via: {}\n        on-link: true\n", quoted(route.destination),
                       quoted(route.gateway));
  }
  return out.empty() ? out : "    routes:\n" + out;
}

std::string networkConfig(const GuestNetwork& network) {
  std::string out = "version: 2\nethernets:\n  eth0:\n";
  out += fmt::format("    match:\n      macaddress: {}\n    set-name: eth0\n    dhcp4: false\n    dhcp6: false\n",
                     quoted(network.mac));
  out += fmt::format("    mtu: {}\n    addresses: {}\n", network.mtu, quotedList(network.addresses));
  out += routeLines(network.routes);
  out += fmt::format("    nameservers:\n      addresses: {}\n      search: {}\n", quotedList(network.nameservers),
                     quotedList(network.searchDomains));
  return out;
}

}  // namespace

std::vector<SeedFile> seedFiles(const SeedInput& input) {
  return {{"meta-data", metaData(input)},
          {"network-config", networkConfig(input.network)},
          // cloud-init warns about an empty file, and takes this one as "nothing to do".
          {"user-data", input.userData.empty() ? "#cloud-config\n{}\n" : input.userData}};
}

}  // namespace windlass::vm
