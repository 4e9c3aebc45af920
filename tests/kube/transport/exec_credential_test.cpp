#include "kube/transport/exec_credential.h"

#include <gtest/gtest.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "temp_folder.h"

namespace windlass::kube {
namespace {

Endpoint withPlugin(const std::string& command) {
  Endpoint endpoint;
  endpoint.server = "https://api";
  endpoint.authorities.data = "PEM";
  endpoint.exec = ExecConfig{};
  endpoint.exec->apiVersion = "client.authentication.k8s.io/v1";
  endpoint.exec->command = command;
  return endpoint;
}

std::string answer(const std::string& status) {
  return R"({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": )" + status + "}";
}

TEST(ExecCredential, P31_TokenAndExpiryAreRead) {
  const ExecConfig config = *withPlugin("p").exec;
  const auto credential =
      parseExecCredential(config, answer(R"({"token": "t", "expirationTimestamp": "2026-01-01T00:00:00Z"})"));
  ASSERT_TRUE(credential.has_value());
  EXPECT_EQ(credential->token, "t");
  EXPECT_EQ(formatTime(*credential->expires), "2026-01-01T00:00:00Z");
}

TEST(ExecCredential, P31_CertificateAndKeyComeBothOrNotAtAll) {
  const ExecConfig config = *withPlugin("p").exec;
  EXPECT_FALSE(parseExecCredential(config, answer(R"({"clientCertificateData": "c"})")).has_value());
  EXPECT_FALSE(parseExecCredential(config, answer(R"({"clientKeyData": "k", "token": "t"})")).has_value());
  EXPECT_TRUE(
      parseExecCredential(config, answer(R"({"clientCertificateData": "c", "clientKeyData": "k"})")).has_value());
}

TEST(ExecCredential, WrongAnswersAreRefusedWithoutRepeatingThem) {
  const ExecConfig config = *withPlugin("p").exec;
  for (const std::string& text : {std::string("not json hunter2"), std::string("[]"), answer("{}"),
                                  std::string(R"({"apiVersion": "client.authentication.k8s.io/v1beta1",
                                               "kind": "ExecCredential", "status": {"token": "hunter2"}})")}) {
    const auto credential = parseExecCredential(config, text);
    ASSERT_FALSE(credential.has_value()) << text;
    EXPECT_EQ(credential.error().toString().find("hunter2"), std::string::npos);
  }
}

TEST(ExecCredential, P31_ThePluginIsToldAboutTheClusterWhenItAsks) {
  Endpoint endpoint = withPlugin("p");
  EXPECT_FALSE(execInfo(endpoint)["spec"].contains("cluster"));
  endpoint.exec->provideClusterInfo = true;
  const Json info = execInfo(endpoint);
  EXPECT_EQ(stringAt(info, "/spec/cluster/server"), "https://api");
  EXPECT_EQ(stringAt(info, "/spec/cluster/certificate-authority-data"), "UEVN");
}

TEST(ExecCredential, P31_APluginRunsWithItsEnvironment) {
  const TempFolder folder;
  Endpoint endpoint = withPlugin(folder.writeScript("p",
                                                    "test -n \"$KUBERNETES_EXEC_INFO\" || exit 3\n"
                                                    "echo '" +
                                                        answer("{\"token\": \"'$SECRET'\"}") + "'"));
  endpoint.exec->env = {{"SECRET", "s3"}};
  const auto credential = runExecPlugin(endpoint);
  ASSERT_TRUE(credential.has_value()) << credential.error().toString();
  EXPECT_EQ(credential->token, "s3");
}

TEST(ExecCredential, P31_AHungPluginIsEnded) {
  const TempFolder folder;
  Endpoint endpoint = withPlugin(folder.writeScript("p", "sleep 600 & sleep 600"));
  endpoint.exec->timeout = std::chrono::milliseconds(200);
  const auto start = std::chrono::steady_clock::now();
  const auto credential = runExecPlugin(endpoint);
  ASSERT_FALSE(credential.has_value());
  EXPECT_EQ(credential.error().kind, ErrorKind::Timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(ExecCredential, AMissingPluginGivesTheInstallHint) {
  Endpoint endpoint = withPlugin("no-such-plugin-here");
  endpoint.exec->installHint = "install it from example.com";
  const auto credential = runExecPlugin(endpoint);
  ASSERT_FALSE(credential.has_value());
  EXPECT_NE(credential.error().toString().find("example.com"), std::string::npos);
}

TEST(ExecCredential, UnsupportedSettingsAreInvalid) {
  ExecConfig config = *withPlugin("p").exec;
  EXPECT_TRUE(checkExecConfig(config).has_value());
  config.interactiveMode = "Always";
  EXPECT_FALSE(checkExecConfig(config).has_value());
  config = *withPlugin("p").exec;
  config.apiVersion = "client.authentication.k8s.io/v1alpha1";
  EXPECT_FALSE(checkExecConfig(config).has_value());
}

TEST(ExecCredential, P31_BothVersionsOfTheProtocolAreSpoken) {
  for (const std::string version : {"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"}) {
    Endpoint endpoint = withPlugin("p");
    endpoint.exec->apiVersion = version;
    EXPECT_TRUE(checkExecConfig(*endpoint.exec).has_value());
    EXPECT_EQ(stringAt(execInfo(endpoint), "/apiVersion"), version);
    const Json printed{{"apiVersion", version}, {"kind", "ExecCredential"}, {"status", {{"token", "t"}}}};
    EXPECT_EQ(parseExecCredential(*endpoint.exec, printed.dump())->token, "t");
  }
}

}  // namespace
}  // namespace windlass::kube
