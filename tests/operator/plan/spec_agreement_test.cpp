// crds/upgradeplans.yaml and the plans we write know the same fields.
#include <gmock/gmock.h>

#include "crd_schema.h"
#include "operator/plan/canonical.h"
#include "plan_fixture.h"

namespace windlass::ops {

void decodePlanSpec(const kube::Json& value, DecodeContext& context);

namespace test {
namespace {

TEST(PlanAgreement, TheCrdAndTheDecoderKnowTheSameFields) {
  const Json schema = crdSchema("upgradeplans").at("/properties/spec"_json_pointer);
  std::set<std::string> published, decoded;
  collect(schema, "spec", published);
  DecodeContext context{.errors = {}, .trace = &decoded};
  decodePlanSpec(Json::object(), context);
  EXPECT_EQ(decoded, published);
}

// Every field of a plan of the real data stands in the schema: the API server would drop others without a word, and the
// hash would be wrong.
TEST(PlanAgreement, EveryFieldWeWriteIsInTheSchema) {
  const Json schema = crdSchema("upgradeplans").at("/properties/spec/properties"_json_pointer);
  const Json stepSchema = schema.at("/steps/items/properties"_json_pointer);
  for (const auto& [from, to] : legalHops()) {
    const Json spec = specOf(planned(from, to));
    for (const auto& [name, value] : spec.items()) EXPECT_TRUE(schema.contains(name)) << name;
    for (const Json& step : spec.at("steps")) {
      for (const auto& [name, value] : step.items()) EXPECT_TRUE(stepSchema.contains(name)) << name;
      EXPECT_THAT(stepSchema.at("phase").at("enum"), testing::Contains(step.at("phase")));
      EXPECT_THAT(stepSchema.at("kind").at("enum"), testing::Contains(step.at("kind")));
    }
  }
}

}  // namespace
}  // namespace test
}  // namespace windlass::ops
