// Secrets reach processes as files or environment; no object but the request speaks of how they are made.
#include <set>

#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

std::set<std::string> requestedKeys(const RenderedCloud& cloud) {
  std::set<std::string> out;
  for (const Stage& stage : cloud.stages) {
    for (const SecretRequest& request : stage.secrets) {
      for (const SecretKey& key : request.keys) out.insert(request.name + "/" + key.key);
    }
  }
  return out;
}

TEST(Secrets, EveryKeyThatAProcessUsesIsRequested) {
  const RenderedCloud cloud = rendered(threeServicesObject());
  const std::set<std::string> requested = requestedKeys(cloud);
  for (const NamedPod& named : podsOf(cloud)) {
    const Json containers = named.pod.at("spec").at("containers");
    const Json env = containers.at(0).value("env", Json::array());
    for (const Json& variable : env) {
      if (!variable.contains("valueFrom")) continue;
      const Json ref = variable.at("/valueFrom/secretKeyRef"_json_pointer);
      EXPECT_TRUE(requested.contains(ref.at("name").get<std::string>() + "/" + ref.at("key").get<std::string>()))
          << named.owner << ref;
    }
    const Json volumes = named.pod.at("spec").value("volumes", Json::array());
    for (const Json& volume : volumes) {
      if (!volume.contains("secret")) continue;
      const std::string name = volume.at("secret").at("secretName").get<std::string>();
      const auto first = requested.lower_bound(name + "/");
      EXPECT_TRUE(first != requested.end() && first->rfind(name + "/", 0) == 0) << name;
    }
  }
}

TEST(Secrets, NoSecretObjectAndNoPasswordIsRendered) {
  const RenderedCloud cloud = rendered(threeServicesObject());
  EXPECT_TRUE(objectsOf(cloud, "Secret").empty());
  for (const Json& object : allObjects(cloud)) {
    const std::string text = object.dump();
    // A connection URL with credentials would stand here if a template were filled while rendering.
    EXPECT_EQ(text.find("://{"), std::string::npos) << object.at("metadata").at("name");
    EXPECT_EQ(text.find("{password}"), std::string::npos) << object.at("metadata").at("name");
  }
}

TEST(Secrets, TheRequestsDoNotDependOnTheHashesOfTheirContent) {
  RenderContext context;
  const RenderedCloud cloud = rendered(threeServicesObject());
  for (const Stage& stage : cloud.stages) {
    for (const SecretRequest& request : stage.secrets) context.referencedHashes[request.name] = "h";
  }
  EXPECT_EQ(requestedKeys(rendered(threeServicesObject(), context)), requestedKeys(cloud));
}

TEST(Secrets, ASuppliedAdministratorPasswordIsUsedInPlaceOfAGeneratedOne) {
  Json object = threeServicesObject();
  object["spec"]["adminPasswordSecretRef"] = {{"name", "mine"}, {"key", "pw"}};
  const RenderedCloud cloud = rendered(object);
  std::size_t used = 0;
  for (const NamedPod& named : podsOf(cloud)) {
    const Json ref = {{"name", "mine"}, {"key", "pw"}};
    if (named.pod.dump().find(ref.dump()) != std::string::npos) ++used;
  }
  EXPECT_EQ(used, 3U) << "the first administrator, and the jobs that make the accounts of two services";
  for (const std::string& key : requestedKeys(cloud)) EXPECT_EQ(key.find("-admin/password"), std::string::npos);
}

TEST(Secrets, AnExternalDatabaseIsUsedWithItsOwnCredentials) {
  Json object = demoObject();
  object["spec"]["infrastructure"]["database"] = {
      {"external", {{"host", "db.example.org"}, {"port", 3307}, {"credentialsSecretRef", {{"name", "db-admin"}}}}}};
  const RenderedCloud cloud = rendered(object);
  for (const Json& set : objectsOf(cloud, "StatefulSet")) EXPECT_NE(set.at("metadata").at("name"), "demo-database");
  bool url = false;
  for (const Stage& stage : cloud.stages) {
    for (const SecretRequest& request : stage.secrets) {
      for (const SecretKey& key : request.keys)
        url = url || key.value.find("@db.example.org:3307/") != std::string::npos;
    }
  }
  EXPECT_TRUE(url);
  const std::string jobs = objectsOf(cloud, "Job").front().dump();
  EXPECT_NE(jobs.find("db-admin"), std::string::npos);
}

}  // namespace
}  // namespace windlass::ops::test
