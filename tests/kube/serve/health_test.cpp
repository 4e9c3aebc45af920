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

TEST(Health, AddressesAreHostAndPort) {
  EXPECT_EQ(splitAddress(":8080")->first, "0.0.0.0");
  EXPECT_EQ(splitAddress("[::1]:80")->first, "::1");
  EXPECT_FALSE(splitAddress("8080"));
  EXPECT_FALSE(splitAddress("a:70000"));
}

}  // namespace
}  // namespace windlass::kube::health_test
