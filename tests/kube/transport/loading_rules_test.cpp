#include <gtest/gtest.h>

#include "kube/transport/kubeconfig.h"
#include "temp_folder.h"

namespace windlass::kube {
namespace {

std::string configFor(const std::string& server) {
  return "current-context: x\nclusters: [{name: c, cluster: {server: 'https://" + server +
         "'}}]\ncontexts: [{name: x, context: {cluster: c}}]\n";
}

TEST(LoadingRules, P28_AnExplicitFileMustExist) {
  LoadingRules rules;
  rules.explicitPath = "/nonexistent/config";
  const auto endpoint = loadEndpoint(rules, "");
  ASSERT_FALSE(endpoint.has_value());
  EXPECT_EQ(endpoint.error().kind, ErrorKind::Missing);
}

TEST(LoadingRules, P28_MissingFilesOfTheVariableAreSkipped) {
  const TempFolder folder;
  folder.write("b", configFor("b"));
  folder.write("c", configFor("c"));
  LoadingRules rules;
  rules.kubeconfigVariable = folder.path("a") + ":" + folder.path("b") + "::" + folder.path("c");
  EXPECT_EQ(loadEndpoint(rules, "").value().server, "https://b");
}

TEST(LoadingRules, ABrokenFileOfTheVariableIsAnError) {
  const TempFolder folder;
  folder.write("bad", "{");
  LoadingRules rules;
  rules.kubeconfigVariable = folder.path("bad");
  EXPECT_EQ(loadEndpoint(rules, "").error().kind, ErrorKind::Invalid);
}

TEST(LoadingRules, P31_APodUsesItsServiceAccountBeforeTheHomeFolder) {
  const TempFolder folder;
  folder.write(".kube/config", configFor("home"));
  folder.write("token", "t");
  folder.write("namespace", "prod");
  LoadingRules rules;
  rules.home = folder.path();
  EXPECT_EQ(loadEndpoint(rules, "").value().server, "https://home");
  rules.serviceHost = "fd00::1";
  rules.servicePort = "6443";
  rules.serviceAccountDirectory = folder.path();
  const Endpoint endpoint = loadEndpoint(rules, "").value();
  EXPECT_EQ(endpoint.server, "https://[fd00::1]:6443");
  EXPECT_EQ(endpoint.tokenFile, folder.path("token"));
  EXPECT_EQ(endpoint.defaultNamespace, "prod");
}

TEST(LoadingRules, NothingAtAllSaysWhatToDo) {
  const auto endpoint = loadEndpoint(LoadingRules{}, "");
  ASSERT_FALSE(endpoint.has_value());
  EXPECT_NE(endpoint.error().message.find("KUBECONFIG"), std::string::npos);
}

}  // namespace
}  // namespace windlass::kube
