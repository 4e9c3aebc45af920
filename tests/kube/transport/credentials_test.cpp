#include "kube/transport/credentials.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "temp_folder.h"

namespace windlass::kube {
namespace {

using std::chrono::seconds;
const auto kStart = std::chrono::system_clock::from_time_t(1000000);

std::unique_ptr<CredentialSource> sourceOf(const Endpoint& endpoint) {
  return makeCredentialSource(endpoint).value();
}

TEST(Credentials, ATokenIsABearerAndAPasswordIsBasic) {
  Endpoint endpoint;
  EXPECT_EQ(sourceOf(endpoint)->current(kStart)->authorization, "");
  endpoint.username = "u";
  endpoint.password = "p";
  EXPECT_EQ(sourceOf(endpoint)->current(kStart)->authorization, "Basic dTpw");
  endpoint.token = "t";
  EXPECT_EQ(sourceOf(endpoint)->current(kStart)->authorization, "Bearer t");
  EXPECT_FALSE(sourceOf(endpoint)->reject({"Bearer t", nullptr, nullptr}));
}

class TokenFile : public ::testing::Test {
 protected:
  TokenFile() { endpoint_.tokenFile = folder_.write("token", "one\n"); }
  std::string at(CredentialSource& source, seconds after) {
    const auto credential = source.current(kStart + after);
    return credential ? credential->authorization : credential.error().toString();
  }

  TempFolder folder_;
  Endpoint endpoint_;
};

TEST_F(TokenFile, P29_IsReadAgainTenSecondsBeforeAMinuteIsOver) {
  const auto source = sourceOf(endpoint_);
  EXPECT_EQ(at(*source, seconds(0)), "Bearer one");
  folder_.write("token", "two");
  EXPECT_EQ(at(*source, seconds(49)), "Bearer one");
  EXPECT_EQ(at(*source, seconds(50)), "Bearer two");
}

TEST_F(TokenFile, P29_KeepsTheLastTokenWhenItCannotBeRead) {
  const auto source = sourceOf(endpoint_);
  EXPECT_EQ(at(*source, seconds(0)), "Bearer one");
  std::filesystem::remove(endpoint_.tokenFile);
  EXPECT_EQ(at(*source, seconds(60)), "Bearer one");
  folder_.write("token", "");
  EXPECT_EQ(at(*source, seconds(120)), "Bearer one");
}

TEST_F(TokenFile, P29_DropsATokenThatWasRefused) {
  const auto source = sourceOf(endpoint_);
  EXPECT_EQ(at(*source, seconds(0)), "Bearer one");
  folder_.write("token", "two");
  EXPECT_TRUE(source->reject({"Bearer one", nullptr, nullptr}));
  EXPECT_EQ(at(*source, seconds(1)), "Bearer two");
}

TEST_F(TokenFile, F15_FollowsTheSymlinkSwapOfAProjectedVolume) {
  SecretVolume volume;
  volume.put({{"token", "one"}});
  endpoint_.tokenFile = volume.file("token");
  const auto source = sourceOf(endpoint_);
  EXPECT_EQ(at(*source, seconds(0)), "Bearer one");
  volume.put({{"token", "two"}});
  EXPECT_EQ(at(*source, seconds(55)), "Bearer two");
}

TEST_F(TokenFile, ThatNeverExistedIsAnError) {
  endpoint_.tokenFile = folder_.path("none");
  EXPECT_EQ(sourceOf(endpoint_)->current(kStart).error().kind, ErrorKind::Missing);
}

TEST(Credentials, P31_APluginIsAskedAgainAfterExpiryAndAfterARefusal) {
  const TempFolder folder;
  Endpoint endpoint;
  endpoint.exec = ExecConfig{};
  endpoint.exec->apiVersion = "client.authentication.k8s.io/v1";
  endpoint.exec->command =
      folder.writeScript("p", "echo x >>" + folder.path("runs") + R"(
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "'$(wc -l <)" +
                                  folder.path("runs") + R"()'", "expirationTimestamp": "1970-01-13T00:00:00Z"}}')");
  const auto source = sourceOf(endpoint);
  EXPECT_EQ(source->current(kStart)->authorization, "Bearer 1");
  EXPECT_EQ(source->current(kStart)->authorization, "Bearer 1");
  EXPECT_EQ(source->current(kStart + std::chrono::hours(24))->authorization, "Bearer 2");
  EXPECT_TRUE(source->reject({"Bearer 2", nullptr, nullptr}));
  EXPECT_EQ(source->current(kStart)->authorization, "Bearer 3");
}

}  // namespace
}  // namespace windlass::kube
