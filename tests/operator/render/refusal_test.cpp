// What a cloud may not ask for is refused before anything is made, with the field and the remedy.
#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

TEST(Refusal, AnUnknownRelease) {
  Json object = demoObject();
  object["spec"]["release"] = "2031.1";
  EXPECT_EQ(refusalOf(object).rfind("spec.release: there is no release \"2031.1\", known are ", 0), 0U);
}

TEST(Refusal, AnUnknownServiceIsNamedWithTheNearest) {
  Json object = demoObject();
  object["spec"]["services"][apiService() + "e"] = Json::object();
  EXPECT_NE(refusalOf(object).find("did you mean " + apiService() + "?"), std::string::npos) << refusalOf(object);
}

TEST(Refusal, AnUnknownConfigSection) {
  Json object = demoObject();
  object["spec"]["services"][apiService()]["config"]["databse"]["max_retries"] = 1;
  EXPECT_NE(refusalOf(object).find("did you mean database?"), std::string::npos) << refusalOf(object);
}

TEST(Refusal, AConnectionThatWindlassSets) {
  Json object = demoObject();
  object["spec"]["services"][apiService()]["config"]["database"]["connection"] = "x";
  EXPECT_NE(refusalOf(object).find(".config.database.connection: is set by Windlass from a Secret"), std::string::npos);
}

TEST(Refusal, MoreReplicasThanAComponentCanHave) {
  Json object = demoObject();
  object["spec"]["infrastructure"]["database"]["embedded"]["replicas"] = 3;
  EXPECT_EQ(refusalOf(object), "spec.infrastructure.database.embedded.replicas: must be a whole number from 1 to 1");
}

TEST(Refusal, ANodePortForAnApiThatIsNotThere) {
  Json object = demoObject();
  object["spec"]["gateway"]["service"] = {{"type", "NodePort"}, {"nodePorts", {{"telephony", 30500}}}};
  EXPECT_NE(refusalOf(object).find("spec.gateway.service.nodePorts.telephony"), std::string::npos);
}

TEST(Refusal, AnExternalServerWithoutCredentials) {
  for (const std::string role : {"database", "messaging"}) {
    Json object = demoObject();
    object["spec"]["infrastructure"][role] = {{"external", {{"host", "server"}, {"port", 3306}}}};
    EXPECT_NE(refusalOf(object).find("spec.infrastructure." + role + ".external.credentialsSecretRef: is missing"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace windlass::ops::test
