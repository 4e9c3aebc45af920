#include "operator/reconcile/compare.h"

#include <gtest/gtest.h>

#include "operator/reconcile/credential_values.h"
#include "operator/reconcile/references.h"

namespace windlass::ops {
namespace {

using kube::Json;

std::string difference(const char* desired, const char* live) {
  return firstDifference(Json::parse(desired), Json::parse(live)).value_or("");
}

TEST(Compare, FieldsOnlyOthersNameDoNotCount) {
  EXPECT_EQ(difference(R"({"a":1})", R"({"a":1,"b":2})"), "");
}

TEST(Compare, NamesTheFirstFieldThatDiffers) {
  EXPECT_EQ(difference(R"({"spec":{"replicas":2}})", R"({"spec":{"replicas":3}})"), "/spec/replicas");
  EXPECT_EQ(difference(R"({"spec":{"replicas":2}})", R"({"spec":{}})"), "/spec/replicas");
}

TEST(Compare, AnEmptyValueEqualsAnAbsentOne) {
  EXPECT_EQ(difference(R"({"env":[{"name":"A","value":""}],"x":{},"y":[]})", R"({"env":[{"name":"A"}]})"), "");
}

TEST(Compare, QuantitiesCompareByAmount) {
  EXPECT_EQ(difference(R"({"resources":{"limits":{"cpu":"1000m","memory":"1024Mi"}}})",
                       R"({"resources":{"limits":{"cpu":"1","memory":"1Gi"}}})"),
            "");
  EXPECT_EQ(difference(R"({"args":["1000m"]})", R"({"args":["1"]})"), "/args/0");
}

TEST(Compare, NamedEntriesMatchByNameAndOthersMayAddSome) {
  EXPECT_EQ(difference(R"({"containers":[{"name":"b","image":"2"}]})",
                       R"({"containers":[{"name":"a"},{"name":"b","image":"2"}]})"),
            "");
  EXPECT_EQ(difference(R"({"containers":[{"name":"b","image":"2"}]})", R"({"containers":[{"name":"b","image":"3"}]})"),
            "/containers/b/image");
}

TEST(Compare, OtherListsAreEqualOrDifferent) {
  EXPECT_EQ(difference(R"({"args":["a","b"]})", R"({"args":["a"]})"), "/args");
}

TEST(CredentialValues, PasswordsAreLettersAndDigitsOfTheAskedLength) {
  const auto value = generate({"password", "password", 40, ""}, cryptoRandom);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->size(), 40U);
  EXPECT_EQ(value->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
            std::string::npos);
  EXPECT_NE(*value, *generate({"password", "password", 40, ""}, cryptoRandom));
}

TEST(CredentialValues, FernetKeysAre32BytesInUrlSafeBase64) {
  const auto value = generate({"0", "fernet-key", 0, ""}, [](std::size_t count) { return std::string(count, '\xff'); });
  EXPECT_EQ(value.value_or(""), "__________________________________________8=");
}

TEST(CredentialValues, ValuesInUrlsArePercentEncoded) {
  const SecretLookup lookup = [](const std::string&, const std::string& key) -> std::optional<std::string> {
    if (key == "password") return "p@ss/word";
    return std::nullopt;
  };
  EXPECT_EQ(fillTemplate("db://u:{password}@host/", lookup).value_or(""), "db://u:p%40ss%2Fword@host/");
  EXPECT_EQ(fillTemplate("{password}", lookup).value_or(""), "p@ss/word");
  EXPECT_FALSE(fillTemplate("{other}", lookup));
}

TEST(References, AreFoundInPodTemplatesUnlessOptionalOrOurOwn) {
  RenderedCloud rendered;
  Stage stage;
  stage.secrets.push_back({"own", {}, {}, false});
  stage.objects.push_back(Json::parse(R"({"kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{
    "imagePullSecrets":[{"name":"pull"}],
    "containers":[{"name":"c","env":[
      {"name":"A","valueFrom":{"secretKeyRef":{"name":"theirs","key":"k"}}},
      {"name":"B","valueFrom":{"secretKeyRef":{"name":"own","key":"k"}}},
      {"name":"C","valueFrom":{"secretKeyRef":{"name":"maybe","key":"k","optional":true}}}]}],
    "volumes":[{"name":"v","configMap":{"name":"map","items":[{"key":"f","path":"f"}]}}]}}}})"));
  rendered.stages.push_back(stage);
  std::vector<std::string> found;
  for (const Reference& reference : outsideReferences(rendered)) {
    found.push_back(reference.kind + "/" + reference.name + ":" + std::to_string(reference.keys.size()));
  }
  EXPECT_EQ(found, (std::vector<std::string>{"ConfigMap/map:1", "Secret/pull:0", "Secret/theirs:1"}));
}

}  // namespace
}  // namespace windlass::ops
