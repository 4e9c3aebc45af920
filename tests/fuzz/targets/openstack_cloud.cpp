// An OpenStackCloud as a tenant may write it, and the status another version may have left.
#include "operator/model/openstack_cloud.h"

#include "kube/object/parse.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace ops;  // NOLINT(google-build-using-namespace): a small program

void checkSpec(const OpenStackCloudSpec& spec) {
  FUZZ_REQUIRE(!spec.release.empty());
  FUZZ_REQUIRE(!spec.region.empty());
  for (const auto& [name, service] : spec.services) {
    FUZZ_REQUIRE(!name.empty());
    if (service.replicas) FUZZ_REQUIRE(*service.replicas >= 0);
  }
  for (const auto& [role, infrastructure] : spec.infrastructure) {
    FUZZ_REQUIRE(infrastructure.embedded.has_value() != infrastructure.external.has_value());
    if (infrastructure.external)
      FUZZ_REQUIRE(infrastructure.external->port >= 1 && infrastructure.external->port <= 65535);
  }
}

void openstackCloud(std::string_view bytes) {
  const auto object = kube::parseJson(bytes);
  if (!object) return;
  if (const auto cloud = decodeOpenStackCloud(*object)) {
    checkSpec(cloud->spec);
  } else {
    FUZZ_REQUIRE(cloud.error().kind == kube::ErrorKind::Invalid);
    FUZZ_REQUIRE(!cloud.error().message.empty());
    FUZZ_REQUIRE(cloud.error().message.size() < 64U << 10U);
  }
  const kube::Json status = encodeStatus(decodeStatus(*object));
  FUZZ_REQUIRE(encodeStatus(decodeStatus({{"status", status}})) == status);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(openstack_cloud, windlass::fuzz::openstackCloud)
