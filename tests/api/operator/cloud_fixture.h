#pragma once
// An API test with our CRD installed and established.
#include <cstdlib>
#include <string>

#include "api_fixture.h"
#include "operator/model/openstack_cloud.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops {

inline void installCrd(const std::string& plural) {
  const std::string crd = sourcePath("crds/") + plural + ".yaml";
  // Server side: a last-applied annotation would be too long for the larger ones.
  const std::string install = "\"$WINDLASS_KUBECTL\" apply --server-side -f '" + crd +
                              "' >/dev/null && \"$WINDLASS_KUBECTL\" wait "
                              "--for=condition=Established --timeout=30s -f '" +
                              crd + "' >/dev/null";
  ASSERT_EQ(std::system(install.c_str()), 0) << "cannot install " << crd;
}

class CloudApiTest : public kube::ApiTest {
 protected:
  static void SetUpTestSuite() {
    for (const char* plural : {"openstackclouds", "upgradeplans", "upgraderuns"}) installCrd(plural);
  }

  static kube::Json smallSpec() {
    return kube::Json::parse(R"({"release": "2025.1", "services": {"keystone": {"replicas": 2}}})");
  }
  kube::Json cloud(const kube::Json& spec, const std::string& name = "demo") const {
    kube::Json object = kube::newObject(kOpenStackCloudKind, key(name));
    object["spec"] = spec;
    return object;
  }
  // What the API server says to a cloud with this spec, "" when it takes it.
  std::string refusal(const kube::Json& spec, const std::string& name = "demo") {
    const auto made = client().create(kOpenStackCloudKind, cloud(spec, name));
    return made ? "" : made.error().message;
  }
};

}  // namespace windlass::ops
