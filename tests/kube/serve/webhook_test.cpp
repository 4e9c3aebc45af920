#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "kube/object/base64.h"
#include "kube/object/meta.h"
#include "kube/serve/serving_certificate.h"
#include "kube/serve/webhook_server.h"
#include "tests/kube/transport/temp_folder.h"
#include "tests/kube/transport/test_keys.h"

namespace windlass::kube::webhook_test {
namespace {

Json admissionReview(const Json& object) {
  return Json{{"apiVersion", "admission.k8s.io/v1"},
              {"kind", "AdmissionReview"},
              {"request", {{"uid", "u-1"}, {"operation", "CREATE"}, {"object", object}}}};
}

AdmissionAnswer refuseNegative(const Json& request) {
  if (intAt(request, "/object/spec/size") < 0)
    return AdmissionAnswer::deny("spec.size must not be negative: give 0 or more");
  AdmissionAnswer answer;
  answer.patch = Json::array({{{"op", "add"}, {"path", "/spec/filled"}, {"value", true}}});
  answer.warnings = {"size is deprecated"};
  return answer;
}

TEST(Admission, P39_TheUidIsEchoedAndTheAnswerIsTheHandlers) {
  const auto good = reviewAdmission(admissionReview({{"spec", {{"size", 1}}}}), refuseNegative, true);
  ASSERT_TRUE(good);
  EXPECT_EQ(stringAt(*good, "/response/uid"), "u-1");
  EXPECT_TRUE(boolAt(*good, "/response/allowed"));
  EXPECT_EQ(stringAt(*good, "/response/patchType"), "JSONPatch");
  EXPECT_NE(base64Decode(stringAt(*good, "/response/patch"))->find("/spec/filled"), std::string::npos);
  EXPECT_EQ(stringAt(*good, "/response/warnings/0"), "size is deprecated");
  const auto bad = reviewAdmission(admissionReview({{"spec", {{"size", -1}}}}), refuseNegative, false);
  EXPECT_FALSE(boolAt(*bad, "/response/allowed"));
  EXPECT_NE(stringAt(*bad, "/response/status/message").find("spec.size"), std::string::npos);
}

TEST(Admission, P39_AThrowingHandlerRefusesAndAnOddBodyIsABadRequest) {
  const auto thrown = reviewAdmission(
      admissionReview({}), [](const Json&) -> AdmissionAnswer { throw std::runtime_error("boom"); }, false);
  EXPECT_EQ(intAt(*thrown, "/response/status/code"), 500);
  for (const Json& odd : {Json(), Json::array(), Json{{"kind", "AdmissionReview"}},
                          Json{{"apiVersion", "admission.k8s.io/v1"}, {"kind", "AdmissionReview"}}})
    EXPECT_FALSE(reviewAdmission(odd, refuseNegative, false));
}

TEST(Conversion, P39_EveryObjectIsConvertedOrTheWholeReviewFails) {
  Json review{{"apiVersion", "apiextensions.k8s.io/v1"},
              {"kind", "ConversionReview"},
              {"request",
               {{"uid", "u-2"},
                {"desiredAPIVersion", "g/v2"},
                {"objects", {{{"apiVersion", "g/v1"}}, {{"apiVersion", "g/v2"}}}}}}};
  const Conversion upgrade = [](const Json& object, const std::string& version) -> Result<Json> {
    if (object.contains("broken")) return fail(ErrorKind::Invalid, "it is broken");
    Json converted = object;
    converted["apiVersion"] = version;
    return converted;
  };
  const auto done = reviewConversion(review, upgrade);
  EXPECT_EQ(stringAt(*done, "/response/uid"), "u-2");
  EXPECT_EQ(stringAt(*done, "/response/convertedObjects/0/apiVersion"), "g/v2");
  EXPECT_EQ(stringAt(*done, "/response/result/status"), "Success");
  review["request"]["objects"][0]["broken"] = true;
  EXPECT_EQ(stringAt(*reviewConversion(review, upgrade), "/response/result/status"), "Failure");
}

void put(SecretVolume& volume, const TestKeys& keys) {
  volume.put({{"tls.crt", keys.certificate}, {"tls.key", keys.key}});
}

TEST(ServingCertificate, P39_ABrokenPairNeverReplacesAGoodOne) {
  SecretVolume folder;
  const TestKeys one = makeTestKeys("one");
  const TestKeys two = makeTestKeys("two");
  ServingCertificate certificate(folder.file("tls.crt"), folder.file("tls.key"));
  EXPECT_EQ(certificate.load().error().kind, ErrorKind::Missing);
  put(folder, one);
  ASSERT_TRUE(certificate.load());
  for (const TestKeys& bad : {TestKeys{"", ""}, TestKeys{two.certificate, one.key}, TestKeys{"garbage", one.key}}) {
    put(folder, bad);
    EXPECT_FALSE(certificate.load());
    EXPECT_EQ(certificate.generation(), 1);
  }
  put(folder, two);
  ASSERT_TRUE(certificate.load());
  EXPECT_EQ(certificate.generation(), 2);
}

class WebhookServerTest : public testing::Test {
 protected:
  void SetUp() override {
    put(folder, makeTestKeys("first"));
    WebhookOptions options;
    options.address = "127.0.0.1:0";
    options.certificateFile = folder.file("tls.crt");
    options.keyFile = folder.file("tls.key");
    server = std::make_unique<WebhookServer>(options);
    server->validating("/validate", refuseNegative);
    server->mutating("/mutate", refuseNegative);
    server->conversion("/convert", [](Json object, const std::string& version) -> Result<Json> {
      object["apiVersion"] = version;
      return object;
    });
    const auto port = server->start();
    ASSERT_TRUE(port) << port.error().toString();
  }
  httplib::Result post(const std::string& path, const std::string& body, const char* type = "application/json") {
    httplib::SSLClient client("127.0.0.1", server->port());
    client.enable_server_certificate_verification(false);
    client.set_read_timeout(60);  // a sanitizer on a busy machine reads seven mebibytes slowly
    return client.Post(path, body, type);
  }
  // The name in the certificate a new connection gets.
  std::string shownName() {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    BIO* connection = BIO_new_ssl_connect(context);
    BIO_set_conn_hostname(connection, ("127.0.0.1:" + std::to_string(server->port())).c_str());
    std::string name(64, '\0');
    if (BIO_do_connect(connection) == 1) {
      SSL* ssl = nullptr;
      BIO_get_ssl(connection, &ssl);
      X509* certificate = SSL_get1_peer_certificate(ssl);
      const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), 64);
      name.resize(static_cast<std::size_t>(std::max(0, size)));
      X509_free(certificate);
    }
    BIO_free_all(connection);
    SSL_CTX_free(context);
    return name;
  }
  SecretVolume folder;
  std::unique_ptr<WebhookServer> server;
};

TEST_F(WebhookServerTest, P39_AConnectionIsClosedAfterItsReviewSoThatIdleOnesDoNotStarveOthers) {
  std::vector<std::unique_ptr<httplib::SSLClient>> callers;  // more than the server has threads
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::make_unique<httplib::SSLClient>("127.0.0.1", server->port()));
    callers.back()->enable_server_certificate_verification(false);
    callers.back()->set_keep_alive(true);
    const auto answer = callers.back()->Post("/validate", admissionReview({}).dump(), "application/json");
    ASSERT_TRUE(answer) << "caller " << i << ": " << to_string(answer.error());
    EXPECT_EQ(answer->get_header_value("Connection"), "close");
  }
}

TEST_F(WebhookServerTest, P39_AnswersReviewsOverTls) {
  const auto answer = post("/validate", admissionReview({{"spec", {{"size", -1}}}}).dump());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(boolAt(Json::parse(answer->body), "/response/allowed", true));
  const auto mutated = post("/mutate", admissionReview({{"spec", {{"size", 1}}}}).dump());
  EXPECT_EQ(stringAt(Json::parse(mutated->body), "/response/patchType"), "JSONPatch");
}

TEST_F(WebhookServerTest, P39_ConvertsOverTls) {
  const Json review{
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "ConversionReview"},
      {"request", {{"uid", "u-3"}, {"desiredAPIVersion", "g/v2"}, {"objects", {{{"apiVersion", "g/v1"}}}}}}};
  const auto answer = post("/convert", review.dump());
  ASSERT_TRUE(answer);
  EXPECT_EQ(stringAt(Json::parse(answer->body), "/response/uid"), "u-3");
  EXPECT_EQ(stringAt(Json::parse(answer->body), "/response/convertedObjects/0/apiVersion"), "g/v2");
}

TEST_F(WebhookServerTest, P39_ABodyOfSevenMebibytesIsTheLargest) {
  std::string review = admissionReview({{"spec", {{"size", 1}}}}).dump();
  review.resize(7 * 1024 * 1024, ' ');
  const auto answer = post("/validate", review);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(WebhookOptions{}.address.ends_with(":9443"));
}

TEST_F(WebhookServerTest, P39_OnlyJsonUpToSevenMebibytesIsRead) {
  EXPECT_EQ(post("/validate", "{}", "text/plain")->status, 415);
  EXPECT_EQ(post("/validate", "not json")->status, 400);
  const auto tooLarge = post("/validate", std::string(7 * 1024 * 1024 + 1, ' '));
  EXPECT_TRUE(!tooLarge || tooLarge->status == 413);
  EXPECT_EQ(post("/nowhere", "{}")->status, 404);
}

// Anyone who reaches the port may post; copying a value is recursive, so its depth must not be theirs to choose.
TEST_F(WebhookServerTest, P39_ABodyNestedTooDeepIsRefusedAndTheServerLives) {
  const std::string deep(1000000, '[');
  const std::string body =
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","object":)" + deep +
      std::string(deep.size(), ']') + "}}";
  EXPECT_EQ(post("/validate", body)->status, 400);
  EXPECT_EQ(post("/validate", admissionReview({{"spec", {{"size", 1}}}}).dump())->status, 200);
}

TEST_F(WebhookServerTest, P39_ANewCertificateIsShownWithoutARestart) {
  EXPECT_EQ(shownName(), "first");
  put(folder, makeTestKeys("second"));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (shownName() != "second" && std::chrono::steady_clock::now() < until) usleep(50 * 1000);
  EXPECT_EQ(shownName(), "second");
}

}  // namespace
}  // namespace windlass::kube::webhook_test
