#pragma once
// A test against a real API server: a connected administrator and a fresh namespace a test.
// The server is the one KUBECONFIG names; tests/api/run starts it.
#include <cstdlib>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "kube/client/rest_connect.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/transport/transport.h"

namespace windlass::kube {

// Fails the test with the whole error when a Result or Status holds one.
#define ASSERT_OK(result)                                                             \
  do {                                                                                \
    const auto& windlass_checked = (result);                                          \
    ASSERT_TRUE(windlass_checked.has_value()) << windlass_checked.error().toString(); \
  } while (false)

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(std::getenv("WINDLASS_API_DIR"), nullptr) << "run this binary with tests/api/run";
    client_ = connectAs("admin");
    ASSERT_NE(client_, nullptr);
    Json space = newObject(kinds::Namespace, {"", ""});
    space["metadata"] = {{"generateName", "test-"}};
    const auto created = client().create(kinds::Namespace, space);
    ASSERT_OK(created);
    ns_ = nameOf(*created);
  }

  RestClient& client() { return *client_; }
  const std::string& ns() const { return ns_; }
  ObjectKey key(const std::string& name) const { return {ns_, name}; }

  // A file that tests/api/run wrote: "admin.kubeconfig", "pki/ca.crt".
  static std::string apiFile(const std::string& name) {
    return std::string(std::getenv("WINDLASS_API_DIR")) + "/" + name;
  }
  // "admin" may do everything, "reader" and "nobody" nothing until a test grants it.
  static std::shared_ptr<RestClient> connectAs(const std::string& user,
                                               const std::string& userAgent = "windlass-api-test/1") {
    return connectTo(endpointAs(user), userAgent);
  }
  static Endpoint endpointAs(const std::string& user) {
    ConnectOptions options;
    options.kubeconfig = apiFile(user + ".kubeconfig");
    auto endpoint = endpointFor(options);
    EXPECT_TRUE(endpoint.has_value()) << endpoint.error().toString();
    return endpoint.value_or(Endpoint{});
  }
  static std::shared_ptr<RestClient> connectTo(const Endpoint& endpoint, const std::string& userAgent) {
    auto transport = makeTransport(endpoint, userAgent);
    EXPECT_TRUE(transport.has_value()) << transport.error().toString();
    return transport ? std::make_shared<RestClient>(*transport, RestClientOptions{0, 0, std::chrono::seconds(30)})
                     : nullptr;
  }

  Json configMap(const std::string& name, const Json& data = Json::object()) const {
    Json object = newObject(kinds::ConfigMap, key(name));
    object["data"] = data;
    return object;
  }

 private:
  std::shared_ptr<RestClient> client_;
  std::string ns_;
};

}  // namespace windlass::kube
