// Every rendered pod satisfies the Pod Security level "restricted", and what drains and budgets need.
// Source: kubernetes.io/docs/concepts/security/pod-security-standards.
#include <set>

#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

std::vector<std::string> violations(const Json& spec) {
  std::vector<std::string> out;
  const auto want = [&](bool holds, const std::string& what) {
    if (!holds) out.push_back(what);
  };
  const Json pod = spec.value("securityContext", Json::object());
  for (const char* field : {"hostNetwork", "hostPID", "hostIPC"}) want(!spec.value(field, false), field);
  want(pod.value("runAsNonRoot", false), "runAsNonRoot");
  want(pod.value("runAsUser", 0) > 0, "runAsUser");
  want(pod.value("seccompProfile", Json::object()).value("type", "") == "RuntimeDefault", "seccompProfile");
  want(!spec.value("automountServiceAccountToken", true), "automountServiceAccountToken");
  const std::set<std::string> volumes = {"configMap", "emptyDir", "secret", "projected", "persistentVolumeClaim"};
  for (const Json& volume : spec.value("volumes", Json::array())) {
    for (const auto& [kind, source] : volume.items()) want(kind == "name" || volumes.contains(kind), "volume " + kind);
  }
  for (const Json& container : spec.at("containers")) {
    const Json context = container.value("securityContext", Json::object());
    want(!context.value("allowPrivilegeEscalation", true), "allowPrivilegeEscalation");
    want(!context.value("privileged", false), "privileged");
    want(context.value("capabilities", Json::object()).value("drop", Json::array()) == Json::array({"ALL"}),
         "drop ALL");
    want(!context.value("capabilities", Json::object()).contains("add"), "add capabilities");
    want(context.value("readOnlyRootFilesystem", false), "readOnlyRootFilesystem");
    for (const char* kind : {"requests", "limits"}) {
      for (const char* resource : {"cpu", "memory"}) {
        want(container.at("resources").value(kind, Json::object()).contains(resource),
             std::string(kind) + "." + resource);
      }
    }
  }
  return out;
}

TEST(Restricted, EveryRenderedPodIs) {
  const std::vector<NamedPod> pods = podsOf(rendered(threeServicesObject()));
  EXPECT_GE(pods.size(), 15U);
  for (const NamedPod& named : pods) {
    for (const std::string& violation : violations(named.pod.at("spec")))
      ADD_FAILURE() << named.owner << ": " << violation;
  }
}

TEST(Restricted, TheCheckFindsEachViolation) {
  const Json good = podsOf(rendered(demoObject())).front().pod.at("spec");
  ASSERT_TRUE(violations(good).empty());
  for (const char* field : {"securityContext", "automountServiceAccountToken"}) {
    Json bad = good;
    bad.erase(field);
    EXPECT_FALSE(violations(bad).empty()) << field;
  }
  Json bad = good;
  bad["containers"][0].erase("securityContext");
  bad["hostNetwork"] = true;
  bad["volumes"].push_back({{"name", "x"}, {"hostPath", {{"path", "/"}}}});
  EXPECT_GE(violations(bad).size(), 5U);
}

// Pods that share a volume of one node cannot spread (volumes_test.cpp).
bool usesClaim(const Json& pod) {
  return pod.value("volumes", Json::array()).dump().find("persistentVolumeClaim") != std::string::npos;
}

TEST(Restricted, EveryWorkloadHasProbesABudgetAndSpreads) {
  const RenderedCloud cloud = rendered(threeServicesObject());
  std::size_t workloads = 0;
  for (const char* kind : {"Deployment", "StatefulSet"}) {
    for (const Json& object : objectsOf(cloud, kind)) {
      ++workloads;
      const Json pod = object.at("/spec/template/spec"_json_pointer);
      const Json container = pod.at("containers").at(0);
      for (const char* probe : {"startupProbe", "readinessProbe", "livenessProbe"}) {
        EXPECT_TRUE(container.contains(probe)) << object.at("metadata").at("name") << " " << probe;
      }
      EXPECT_NE(pod.contains("/affinity/podAntiAffinity"_json_pointer), usesClaim(pod));
      EXPECT_NE(pod.contains("topologySpreadConstraints"), usesClaim(pod));
      EXPECT_GT(pod.at("terminationGracePeriodSeconds").get<int>(),
                container.value("/lifecycle/preStop/sleep/seconds"_json_pointer, 0));
    }
  }
  EXPECT_EQ(objectsOf(cloud, "PodDisruptionBudget").size(), workloads);
}

TEST(Restricted, EveryObjectCarriesTheLabelsOfItsCloud) {
  for (const Json& object : allObjects(rendered(threeServicesObject()))) {
    EXPECT_EQ(object.at("/metadata/labels/windlass.dev~1cloud"_json_pointer), "demo")
        << object.at("metadata").at("name");
    EXPECT_EQ(object.at("metadata").at("namespace"), "openstack");
    EXPECT_LE(object.at("metadata").at("name").get<std::string>().size(), 63U);
  }
}

}  // namespace
}  // namespace windlass::ops::test
