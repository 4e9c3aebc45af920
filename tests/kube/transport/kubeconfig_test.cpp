#include "kube/transport/kubeconfig.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

constexpr const char* kWhole = R"(
apiVersion: v1
kind: Config
current-context: main
clusters:
- name: c
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority: pki/ca.crt
    tls-server-name: kubernetes
    proxy-url: http://proxy:3128
users:
- name: u
  user:
    client-certificate-data: Y2VydA==
    client-key: /abs/key.pem
    tokenFile: token
    as: jane
    as-groups: [crew]
    as-user-extra: {team: [red, blue]}
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [--cluster, x]
      env: [{name: A, value: b}]
      provideClusterInfo: true
contexts:
- name: main
  context: {cluster: c, user: u, namespace: prod}
- name: other
  context: {cluster: c, user: plugin}
- name: broken
  context: {cluster: missing, user: u}
)";

Kubeconfig whole() {
  return parseKubeconfig(kWhole, "/etc/kube").value();
}

TEST(Kubeconfig, P28_TheCurrentContextIsResolved) {
  const Endpoint endpoint = resolveContext(whole(), "").value();
  EXPECT_EQ(endpoint.server, "https://10.0.0.1:6443");
  EXPECT_EQ(endpoint.authorities.file, "/etc/kube/pki/ca.crt");
  EXPECT_EQ(endpoint.tlsServerName, "kubernetes");
  EXPECT_EQ(endpoint.proxyUrl, "http://proxy:3128");
  EXPECT_EQ(endpoint.clientCertificate.data, "cert");
  EXPECT_EQ(endpoint.clientKey.file, "/abs/key.pem");
  EXPECT_EQ(endpoint.tokenFile, "/etc/kube/token");
  EXPECT_EQ(endpoint.defaultNamespace, "prod");
  EXPECT_EQ(endpoint.impersonate.user, "jane");
  EXPECT_EQ(endpoint.impersonate.extra.at("team"), (std::vector<std::string>{"red", "blue"}));
}

TEST(Kubeconfig, P28_ARelativePluginIsBesideItsFileAndABareNameIsLookedUp) {
  const Endpoint endpoint = resolveContext(whole(), "other").value();
  ASSERT_TRUE(endpoint.exec.has_value());
  EXPECT_EQ(endpoint.exec->command, "/etc/kube/bin/login");
  EXPECT_EQ(endpoint.exec->args, (std::vector<std::string>{"--cluster", "x"}));
  EXPECT_TRUE(endpoint.exec->provideClusterInfo);
  const auto bare =
      parseKubeconfig("users: [{name: u, user: {exec: {command: aws, apiVersion: x}}}]", "/etc/kube").value();
  EXPECT_EQ(bare.users.at("u").exec->command, "aws");
}

TEST(Kubeconfig, P28_TheFirstFileWinsForEachName) {
  Kubeconfig merged =
      parseKubeconfig("{current-context: a, clusters: [{name: c, cluster: {server: 'https://first'}}]}", "/").value();
  mergeKubeconfig(merged, whole());
  EXPECT_EQ(merged.currentContext, "a");
  EXPECT_EQ(merged.clusters.at("c").server, "https://first");
  EXPECT_EQ(merged.users.count("u"), 1U);
}

TEST(Kubeconfig, ErrorsNameWhatIsMissing) {
  EXPECT_NE(resolveContext(whole(), "broken").error().message.find("missing"), std::string::npos);
  EXPECT_NE(resolveContext(whole(), "none").error().message.find("none"), std::string::npos);
  EXPECT_NE(resolveContext(Kubeconfig{}, "").error().message.find("current-context"), std::string::npos);
}

TEST(Kubeconfig, NonsenseIsInvalidAndSecretsAreNotRepeated) {
  for (const char* text : {"[1, 2]", "{", "clusters: 5", "clusters: [x]",
                           "\t: :", "users: [{name: u, user: {client-key-data: 'sec!ret'}}]",
                           "users: [{name: u, user: {auth-provider: {name: gcp}}}]"}) {
    const auto config = parseKubeconfig(text, "/");
    ASSERT_FALSE(config.has_value()) << text;
    EXPECT_EQ(config.error().kind, ErrorKind::Invalid) << text;
    EXPECT_EQ(config.error().toString().find("sec!ret"), std::string::npos);
  }
  EXPECT_TRUE(parseKubeconfig("", "/").has_value());
}

TEST(Kubeconfig, P28_EveryPathIsRelativeToItsOwnFile) {
  const auto config = parseKubeconfig(R"(
clusters: [{name: c, cluster: {server: 'https://a', certificate-authority: ../ca.crt}}]
users: [{name: u, user: {client-certificate: tls/crt, client-key: ./key, tokenFile: /run/token,
                         exec: {command: bin/login, apiVersion: x}}}])",
                                      "/etc/kube/conf")
                          .value();
  EXPECT_EQ(config.clusters.at("c").authorities.file, "/etc/kube/ca.crt");
  const Endpoint& user = config.users.at("u");
  EXPECT_EQ(user.clientCertificate.file, "/etc/kube/conf/tls/crt");
  EXPECT_EQ(user.clientKey.file, "/etc/kube/conf/key");
  EXPECT_EQ(user.tokenFile, "/run/token");
  EXPECT_EQ(user.exec->command, "/etc/kube/conf/bin/login");
}

TEST(Kubeconfig, P28_TheFieldsAreThoseOfClientcmd) {
  const auto config = parseKubeconfig(R"(
current-context: x
clusters: [{name: c, cluster: {server: 'https://a', insecure-skip-tls-verify: true, certificate-authority-data: Y2E=}}]
users: [{name: u, user: {client-certificate-data: Y3J0, client-key-data: a2V5, token: t, username: n, password: p,
                         as: jane, as-uid: '7', as-groups: [a, b]}}]
contexts: [{name: x, context: {cluster: c, user: u}}])",
                                      "/")
                          .value();
  const Endpoint endpoint = resolveContext(config, "").value();
  EXPECT_TRUE(endpoint.insecureSkipVerify);
  EXPECT_EQ(endpoint.authorities.data, "ca");
  EXPECT_EQ(endpoint.clientCertificate.data, "crt");
  EXPECT_EQ(endpoint.clientKey.data, "key");
  EXPECT_EQ(endpoint.token, "t");
  EXPECT_EQ(endpoint.username + endpoint.password, "np");
  EXPECT_EQ(endpoint.impersonate.uid, "7");
  EXPECT_EQ(endpoint.impersonate.groups, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace windlass::kube
