#pragma once
// Which REST resource an object belongs to, and the keys objects are found by.
#include <compare>
#include <functional>
#include <string>

namespace windlass::kube {

// A served resource. Known kinds are constants (kinds.h); others come from discovery.
struct ResourceKind {
  std::string group;    // "" for core
  std::string version;  // "v1"
  std::string kind;     // "Pod"
  std::string plural;   // "pods"
  bool namespaced = true;

  std::string apiVersion() const { return group.empty() ? version : group + "/" + version; }
  auto operator<=>(const ResourceKind&) const = default;
};

// namespace/name; ns is empty for cluster-scoped objects.
struct ObjectKey {
  std::string ns;
  std::string name;

  std::string toString() const { return ns.empty() ? name : ns + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

}  // namespace windlass::kube

template <>
struct std::hash<windlass::kube::ObjectKey> {
  std::size_t operator()(const windlass::kube::ObjectKey& key) const noexcept {
    const std::size_t a = std::hash<std::string>{}(key.ns);
    return a ^ (std::hash<std::string>{}(key.name) + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2));
  }
};
