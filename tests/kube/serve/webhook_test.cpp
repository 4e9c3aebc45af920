#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "kube/object/base64.h"
#include "kube/object/meta.h"
#include "kube/serve/serving_certificate.h"
#include "kube/serve/webhook_server.h"

namespace windlass::kube::webhook_test {
namespace {

namespace fs = std::filesystem;

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

// A folder as a Secret volume makes it: ..data is a symlink to a dated folder and is swapped as a whole.
class SecretFolder {
 public:
  SecretFolder() {
    std::string name = (fs::temp_directory_path() / "windlass-webhook-XXXXXX").string();
    root_ = mkdtemp(name.data());
    fs::create_symlink("..data/tls.crt", root_ / "tls.crt");
    fs::create_symlink("..data/tls.key", root_ / "tls.key");
  }
  ~SecretFolder() { fs::remove_all(root_); }
  void put(const std::string& certificate, const std::string& key) {
    const fs::path folder = "data-" + std::to_string(++version_);
    fs::create_directory(root_ / folder);
    std::ofstream(root_ / folder / "tls.crt") << certificate;
    std::ofstream(root_ / folder / "tls.key") << key;
    fs::create_symlink(folder, root_ / "..data_tmp");
    fs::rename(root_ / "..data_tmp", root_ / "..data");
  }
  std::string file(const std::string& name) const { return (root_ / name).string(); }

 private:
  fs::path root_;
  int version_ = 0;
};

struct PemPair {
  std::string certificate, key;
};

std::string textOf(BIO* bio) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

// A self-signed certificate for localhost.
PemPair makePair(const std::string& commonName) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(commonName.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificateBio = BIO_new(BIO_s_mem());
  BIO* keyBio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificateBio, certificate);
  PEM_write_bio_PrivateKey(keyBio, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {textOf(certificateBio), textOf(keyBio)};
}

TEST(ServingCertificate, P39_ABrokenPairNeverReplacesAGoodOne) {
  SecretFolder folder;
  const PemPair one = makePair("one");
  const PemPair two = makePair("two");
  ServingCertificate certificate(folder.file("tls.crt"), folder.file("tls.key"));
  EXPECT_EQ(certificate.load().error().kind, ErrorKind::Missing);
  folder.put(one.certificate, one.key);
  ASSERT_TRUE(certificate.load());
  for (const auto& [crt, key] : {PemPair{"", ""}, PemPair{two.certificate, one.key}, PemPair{"garbage", one.key}}) {
    folder.put(crt, key);
    EXPECT_FALSE(certificate.load());
    EXPECT_EQ(certificate.generation(), 1);
  }
  folder.put(two.certificate, two.key);
  ASSERT_TRUE(certificate.load());
  EXPECT_EQ(certificate.generation(), 2);
}

class WebhookServerTest : public testing::Test {
 protected:
  void SetUp() override {
    const PemPair pair = makePair("first");
    folder.put(pair.certificate, pair.key);
    WebhookOptions options;
    options.address = "127.0.0.1:0";
    options.certificateFile = folder.file("tls.crt");
    options.keyFile = folder.file("tls.key");
    server = std::make_unique<WebhookServer>(options);
    server->validating("/validate", refuseNegative);
    server->mutating("/mutate", refuseNegative);
    const auto port = server->start();
    ASSERT_TRUE(port) << port.error().toString();
  }
  httplib::Result post(const std::string& path, const std::string& body, const char* type = "application/json") {
    httplib::SSLClient client("127.0.0.1", server->port());
    client.enable_server_certificate_verification(false);
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
  SecretFolder folder;
  std::unique_ptr<WebhookServer> server;
};

TEST_F(WebhookServerTest, P39_AnswersReviewsOverTls) {
  const auto answer = post("/validate", admissionReview({{"spec", {{"size", -1}}}}).dump());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(boolAt(Json::parse(answer->body), "/response/allowed", true));
  const auto mutated = post("/mutate", admissionReview({{"spec", {{"size", 1}}}}).dump());
  EXPECT_EQ(stringAt(Json::parse(mutated->body), "/response/patchType"), "JSONPatch");
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
  const PemPair second = makePair("second");
  folder.put(second.certificate, second.key);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (shownName() != "second" && std::chrono::steady_clock::now() < until) usleep(50 * 1000);
  EXPECT_EQ(shownName(), "second");
}

}  // namespace
}  // namespace windlass::kube::webhook_test
