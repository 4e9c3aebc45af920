#include "kube/serve/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

namespace windlass::kube::health_test {
namespace {

using testing::HasSubstr;

TEST(Health, AnswersOverHttpOnAFreePort) {
  HealthChecks checks("/healthz");
  bool broken = false;
  checks.add("lease", [&]() -> Status {
    if (broken) return fail(ErrorKind::Timeout, "not renewed for 20 s");
    return {};
  });
  HttpServer server("127.0.0.1:0");
  checks.serveOn(server);
  const auto port = server.start();
  ASSERT_TRUE(port) << port.error().toString();
  httplib::Client client("127.0.0.1", *port);
  EXPECT_EQ(client.Get("/healthz")->body, "ok");
  EXPECT_THAT(client.Get("/healthz?verbose")->body, HasSubstr("[+]lease ok"));
  EXPECT_EQ(client.Get("/healthz/other")->status, 404);
  broken = true;
  const auto answer = client.Get("/healthz/lease");
  EXPECT_EQ(answer->status, 500);
  EXPECT_THAT(answer->body, HasSubstr("[-]lease failed: not renewed for 20 s"));
}

TEST(Health, AnAddressThatIsTakenIsAnError) {
  HttpServer first("127.0.0.1:0");
  const auto port = first.start();
  ASSERT_TRUE(port);
  EXPECT_FALSE(HttpServer("127.0.0.1:notaport").start());
  EXPECT_FALSE(HttpServer("192.0.2.1:" + std::to_string(*port)).start());
}

TEST(HttpServer, HandlersGetQueryAndAuthorizationAndSetHeaders) {
  HttpServer server("127.0.0.1:0");
  server.get("/echo", [](const HttpQuery& query) {
    const auto name = query.parameters.find("name");
    return HttpAnswer{202,
                      query.authorization + " " + (name == query.parameters.end() ? "none" : name->second),
                      "text/html",
                      {{"X-Extra", "more"}}};
  });
  const auto port = server.start();
  ASSERT_TRUE(port) << port.error().toString();
  httplib::Client client("127.0.0.1", *port);
  const auto answer = client.Get("/echo?name=a%20b&name=c", httplib::Headers{{"Authorization", "Bearer x"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "Bearer x a b");
  EXPECT_EQ(answer->get_header_value("X-Extra"), "more");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "text/html");
  EXPECT_EQ(client.Get("/echo")->body, " none");
}

TEST(Health, AddressesAreHostAndPort) {
  EXPECT_EQ(splitAddress(":8080")->first, "0.0.0.0");
  EXPECT_EQ(splitAddress("[::1]:80")->first, "::1");
  EXPECT_FALSE(splitAddress("8080"));
  EXPECT_FALSE(splitAddress("a:70000"));
}

}  // namespace
}  // namespace windlass::kube::health_test
