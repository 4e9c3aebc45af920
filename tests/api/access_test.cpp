// Who may do what, and how one proves who one is.
#include <fstream>
#include <sstream>

#include <sys/stat.h>

#include "api_fixture.h"
#include "kube/transport/transport.h"
#include "tests/kube/transport/temp_folder.h"

namespace windlass::kube {
namespace {

class AccessApiTest : public ApiTest {
 protected:
  static std::string textOf(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  // The test server, and nobody in particular.
  static Endpoint anonymous() {
    ConnectOptions options;
    options.kubeconfig = apiFile("nobody.kubeconfig");
    Endpoint endpoint = endpointFor(options).value();
    endpoint.token.clear();
    return endpoint;
  }
  static Result<Json> whoAmI(const Endpoint& endpoint) {
    WINDLASS_TRY_ASSIGN(auto transport, makeTransport(endpoint, "windlass-api-test"));
    RestClient client(std::move(transport), {});
    return whoAmI(client);
  }
  static Result<Json> whoAmI(RestClient& client) {
    return client.postJson("/apis/authentication.k8s.io/v1/selfsubjectreviews",
                           {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "SelfSubjectReview"}});
  }
};

TEST_F(AccessApiTest, WithoutARoleAReadIsForbidden) {
  const auto nobody = connectAs("nobody");
  const auto refused = nobody->get(kinds::ConfigMap, key("a"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Forbidden);
  EXPECT_NE(refused.error().message.find("nobody"), std::string::npos) << refused.error().message;
}

TEST_F(AccessApiTest, AWrongTokenIsUnauthorized) {
  Endpoint endpoint = anonymous();
  endpoint.token = "wrong";
  const auto refused = whoAmI(endpoint);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Unauthorized);
  EXPECT_EQ(refused.error().toString().find("wrong"), std::string::npos);
}

TEST_F(AccessApiTest, AnUnknownKindIsNotFound) {
  const auto refused = client().get({"windlass.dev", "v9", "Nothing", "nothings", true}, key("a"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::NotFound);
}

TEST_F(AccessApiTest, AnotherAuthorityThanTheServersIsRefused) {
  Endpoint endpoint = anonymous();
  endpoint.authorities = {textOf(apiFile("pki/admin.crt")), ""};
  const auto refused = whoAmI(endpoint);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Transport);
  EXPECT_NE(refused.error().toString().find("certificate"), std::string::npos) << refused.error().toString();
}

TEST_F(AccessApiTest, P28_TheServersNameCanBeGiven) {
  Endpoint endpoint = anonymous();
  endpoint.token = "reader-token";
  endpoint.tlsServerName = "kubernetes.default.svc";
  ASSERT_OK(whoAmI(endpoint));
  endpoint.tlsServerName = "elsewhere.example";
  EXPECT_FALSE(whoAmI(endpoint).has_value());
}

TEST_F(AccessApiTest, P29_ATokenFileIsReadAgainAfterItWasRefused) {
  const std::string path = apiFile("rotating-token");
  std::ofstream(path) << "expired\n";
  Endpoint endpoint = anonymous();
  endpoint.tokenFile = path;
  auto transport = makeTransport(endpoint, "windlass-api-test");
  ASSERT_OK(transport);
  RestClient rotating(*transport, {});
  EXPECT_FALSE(rotating.get(kinds::ConfigMap, key("a")).has_value());
  std::ofstream(path) << "reader-token\n";
  const auto read = rotating.get(kinds::ConfigMap, key("a"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::Forbidden) << "the new token names a user without rights";
}

TEST_F(AccessApiTest, F15_ACertificateThatIsRenewedBySwappingItsVolumeIsWhoWeAreFromThenOn) {
  SecretVolume volume;
  const auto put = [&volume](const std::string& name) {
    volume.put({{"ca.crt", textOf(apiFile("pki/ca.crt"))},
                {"tls.crt", textOf(apiFile("pki/" + name + ".crt"))},
                {"tls.key", textOf(apiFile("pki/" + name + ".key"))}});
  };
  put("client-1");
  Endpoint endpoint = anonymous();
  endpoint.authorities = {"", volume.file("ca.crt")};
  endpoint.clientCertificate = {"", volume.file("tls.crt")};
  endpoint.clientKey = {"", volume.file("tls.key")};
  const auto transport = makeTransport(endpoint, "windlass-api-test", {std::chrono::milliseconds(0)});
  ASSERT_OK(transport);
  const auto name = [&transport] {
    RestClient client(*transport, {});
    const auto review = whoAmI(client);
    return review ? stringAt(*review, "/status/userInfo/username") : review.error().toString();
  };
  EXPECT_EQ(name(), "client-1");
  put("client-2");
  EXPECT_EQ(name(), "client-2");
}

TEST_F(AccessApiTest, P31_AnExecPluginGivesTheToken) {
  const std::string path = apiFile("plugin.sh");
  std::ofstream(path) << "#!/bin/sh\n"
                         "case $KUBERNETES_EXEC_INFO in *ExecCredential*) ;; *) exit 3;; esac\n"
                         "echo '{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\","
                         "\"status\": {\"token\": \"'$PLUGIN_TOKEN'\"}}'\n";
  ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  Endpoint endpoint = anonymous();
  endpoint.exec = ExecConfig{};
  endpoint.exec->apiVersion = "client.authentication.k8s.io/v1";
  endpoint.exec->command = path;
  endpoint.exec->env = {{"PLUGIN_TOKEN", "reader-token"}};
  const auto review = whoAmI(endpoint);
  ASSERT_OK(review);
  EXPECT_EQ(stringAt(*review, "/status/userInfo/username"), "reader");
}

TEST_F(AccessApiTest, P28_AnAdministratorCanActAsAnother) {
  ConnectOptions options;
  options.kubeconfig = apiFile("admin.kubeconfig");
  auto endpoint = endpointFor(options);
  ASSERT_OK(endpoint);
  endpoint->impersonate.user = "jane";
  endpoint->impersonate.groups = {"crew", "watch"};
  endpoint->impersonate.extra = {{"example.dev/team", {"red"}}};
  const auto review = whoAmI(*endpoint);
  ASSERT_OK(review);
  EXPECT_EQ(stringAt(*review, "/status/userInfo/username"), "jane");
  EXPECT_NE((*review)["status"]["userInfo"]["groups"].dump().find("crew"), std::string::npos);
  EXPECT_EQ(stringAt(*review, "/status/userInfo/extra/example.dev~1team/0"), "red");
}

}  // namespace
}  // namespace windlass::kube
