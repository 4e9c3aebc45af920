// crds/openstackclouds.yaml and the decoder know the same fields.
#include <set>

#include <gtest/gtest.h>

#include "crd_schema.h"
#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

void decodeCloudSpec(const Json& value, DecodeContext& context, OpenStackCloudSpec& spec);

namespace {

using namespace test;

TEST(CrdAgreement, EveryFieldOfTheSchemaIsDecodedAndTheOtherWayRound) {
  const Json spec = crdSchema("openstackclouds").at("/properties/spec"_json_pointer);
  std::set<std::string> schema;
  collect(spec, "spec", schema);
  Json example = exampleOf(spec);
  example["gateway"]["service"]["type"] = "NodePort";
  std::set<std::string> decoded;
  DecodeContext context{.errors = {}, .trace = &decoded};
  OpenStackCloudSpec ignored;
  decodeCloudSpec(example, context, ignored);
  EXPECT_EQ(decoded, schema);
  for (const FieldError& error : context.errors) {
    EXPECT_NE(error.message.find("both embedded and external"), std::string::npos)
        << error.path << ": " << error.message;
  }
}

TEST(CrdAgreement, EveryFieldHasADescription) {
  expectDescriptions(crdSchema("openstackclouds"));
}

TEST(CrdAgreement, EveryMapAndListIsBounded) {
  expectBounds(crdSchema("openstackclouds"));
}

TEST(CrdAgreement, TheStatusWeWriteIsInTheSchema) {
  const Json schema = crdSchema("openstackclouds").at("/properties/status/properties"_json_pointer);
  OpenStackCloudStatus status;
  status.release = "r";
  status.waitingFor = "w";
  status.components["a/b"] = {"r", false, "s"};
  status.settings = "s";
  status.settingsRevision = 1;
  status.plan = "p";
  status.endpoints["a"] = "b";
  status.services["a"] = {1, 1, "r"};
  const Json encoded = encodeStatus(status);
  for (const auto& [name, value] : encoded.items()) EXPECT_TRUE(schema.contains(name)) << name;
}

}  // namespace
}  // namespace windlass::ops
