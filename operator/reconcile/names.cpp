#include "operator/reconcile/names.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

std::string hexOf(const unsigned char* bytes, std::size_t count) {
  std::string hex;
  for (std::size_t i = 0; i < count; ++i) hex += fmt::format("{:02x}", bytes[i]);
  return hex;
}

constexpr std::size_t kHashBytes = 8;

}  // namespace

std::string escrowName(const std::string& cloud) {
  return cloud + "-escrow";
}

const std::vector<kube::ResourceKind>& ownedKinds() {
  namespace kinds = kube::kinds;
  static const std::vector<kube::ResourceKind> all{
      kinds::Secret,
      kinds::ConfigMap,
      kinds::ServiceAccount,
      kinds::Service,
      kinds::Deployment,
      kinds::StatefulSet,
      kinds::DaemonSet,
      kinds::Job,
      kinds::PodDisruptionBudget,
      kinds::NetworkPolicy,
      kinds::PersistentVolumeClaim,
  };
  return all;
}

const kube::ResourceKind* ownedKind(std::string_view kindName) {
  for (const kube::ResourceKind& kind : ownedKinds()) {
    if (kind.kind == kindName) return &kind;
  }
  return nullptr;
}

std::string refOf(std::string_view kindName, std::string_view name) {
  return fmt::format("{}/{}", kindName, name);
}
std::string refOf(const Json& object) {
  return refOf(kube::kindOf(object), kube::nameOf(object));
}

std::string componentIdOf(const Json& object) {
  return kube::labelOf(object, kServiceLabel) + "/" + kube::labelOf(object, kComponentLabel);
}

bool isWorkload(const Json& object) {
  const std::string kind = kube::kindOf(object);
  return kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet";
}

bool isKept(const Json& object) {
  return kube::kindOf(object) == "PersistentVolumeClaim" || kube::annotationOf(object, kKeepAnnotation) == "true";
}

std::string textHash(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return hexOf(digest.data(), kHashBytes);
}

std::string keyedHash(const std::string& key, const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const std::basic_string<unsigned char> input(bytes.begin(), bytes.end());
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), input.data(), input.size(), digest.data(), &size);
  return hexOf(digest.data(), kHashBytes);
}

}  // namespace windlass::ops
