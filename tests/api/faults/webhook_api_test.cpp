// Our webhook server as the API server calls it: admission, conversion, a new certificate under load, a handler that
// hangs.
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "api_fixture.h"
#include "kube/object/base64.h"
#include "kube/serve/webhook_server.h"
#include "watcher.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ResourceKind kValidating{"admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration",
                               "validatingwebhookconfigurations", false};
const ResourceKind kMutating{"admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration",
                             "mutatingwebhookconfigurations", false};

std::string textOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class WebhookApiTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    folder_ = apiFile("serving-" + ns());
    showCertificate("webhook-1");
    std::filesystem::create_symlink("..data/tls.crt", folder_ + "/tls.crt");
    std::filesystem::create_symlink("..data/tls.key", folder_ + "/tls.key");
    server_ =
        std::make_unique<WebhookServer>(WebhookOptions{"127.0.0.1:0", folder_ + "/tls.crt", folder_ + "/tls.key", 4});
  }
  void TearDown() override {
    for (const auto& [kind, name] : configured_) EXPECT_TRUE(removeIfThere(client(), kind, {"", name}));
  }

  // As a Secret volume does it: the files of one certificate in a folder, and ..data moved over to it at once.
  void showCertificate(const std::string& name) const {
    const std::string versioned = folder_ + "/.." + name;
    std::filesystem::create_directories(versioned);
    for (const auto& [from, to] : {std::pair{".crt", "/tls.crt"}, std::pair{".key", "/tls.key"}})
      std::ofstream(versioned + to) << textOf(apiFile("pki/" + name + from));
    std::filesystem::create_symlink(".." + name, folder_ + "/..new");
    std::filesystem::rename(folder_ + "/..new", folder_ + "/..data");
  }
  std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(server_->port()) + path;
  }
  Json clientConfig(const std::string& path) const {
    return {{"url", url(path)}, {"caBundle", base64Encode(textOf(apiFile("pki/ca.crt")))}};
  }
  // Calls `path` for ConfigMaps of this test's namespace that have the label ask=yes.
  void configure(const ResourceKind& kind, const std::string& path, int timeoutSeconds, const std::string& onFailure) {
    const std::string name = ns() + path.substr(1);
    Json hook{{"name", "hook.faults.windlass.dev"},
              {"clientConfig", clientConfig(path)},
              {"admissionReviewVersions", {"v1"}},
              {"sideEffects", "None"},
              {"timeoutSeconds", timeoutSeconds},
              {"failurePolicy", onFailure},
              {"matchPolicy", "Equivalent"},
              {"objectSelector", {{"matchLabels", {{"ask", "yes"}}}}},
              {"namespaceSelector", {{"matchLabels", {{"kubernetes.io/metadata.name", ns()}}}}}};
    hook["rules"] = Json::array({{{"apiGroups", {""}},
                                  {"apiVersions", {"v1"}},
                                  {"operations", {"CREATE", "UPDATE"}},
                                  {"resources", {"configmaps"}}}});
    Json object = newObject(kind, {"", name});
    object["webhooks"] = Json::array({hook});
    ASSERT_OK(client().create(kind, object));
    configured_.emplace_back(kind, name);
  }
  Json asking(const std::string& name, const Json& data = Json::object()) const {
    Json object = configMap(name, data);
    object["metadata"]["labels"] = {{"ask", "yes"}};
    return object;
  }
  // Until the API server has taken the configuration up: then `path` was called.
  bool inUse(const std::atomic<int>& calls) {
    return eventually([&] {
      Json probe = asking("probe");
      client().create(kinds::ConfigMap, probe);
      (void)removeIfThere(client(), kinds::ConfigMap, key("probe"));
      return calls > 0;
    });
  }

  std::string folder_;
  std::unique_ptr<WebhookServer> server_;
  std::vector<std::pair<ResourceKind, std::string>> configured_;
};

TEST_F(WebhookApiTest, P39_WritesPassThroughTheMutatingAndTheValidatingWebhook) {
  std::atomic<int> asked{0};
  server_->mutating("/mutate", [](const Json&) {
    AdmissionAnswer answer;
    answer.patch = Json::array({{{"op", "add"}, {"path", "/metadata/labels/filled"}, {"value", "by-us"}}});
    return answer;
  });
  server_->validating("/validate", [&asked](const Json& request) {
    ++asked;
    if (stringAt(request, "/object/metadata/labels/filled") != "by-us") return AdmissionAnswer::deny("not filled");
    if (intAt(request, "/object/data/size") < 0 || stringAt(request, "/object/data/size") == "-1")
      return AdmissionAnswer::deny("data.size must not be negative: give 0 or more", 422);
    return AdmissionAnswer::allow();
  });
  ASSERT_OK(server_->start());
  configure(kMutating, "/mutate", 5, "Fail");
  ASSERT_TRUE(eventually([&] {
    const auto made = client().create(kinds::ConfigMap, asking("first"));
    if (made && labelOf(*made, "filled") == "by-us") return true;
    (void)removeIfThere(client(), kinds::ConfigMap, key("first"));
    return false;
  }));
  configure(kValidating, "/validate", 5, "Fail");
  ASSERT_TRUE(inUse(asked));
  const auto taken = client().create(kinds::ConfigMap, asking("good", {{"size", "1"}}));
  ASSERT_OK(taken);
  EXPECT_EQ(labelOf(*taken, "filled"), "by-us");
  const auto refused = client().create(kinds::ConfigMap, asking("bad", {{"size", "-1"}}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().httpStatus, 422);
  EXPECT_NE(refused.error().message.find("data.size must not be negative"), std::string::npos)
      << refused.error().message;
}

TEST_F(WebhookApiTest, P39_AConversionWebhookServesBothVersionsOfAKind) {
  const ResourceKind v1{"faults.windlass.dev", "v1", "Plank", "planks", true};
  const ResourceKind v2{"faults.windlass.dev", "v2", "Plank", "planks", true};
  // v1 calls it size, v2 calls it width.
  server_->conversion("/convert", [](const Json& object, const std::string& apiVersion) -> Result<Json> {
    Json converted = object;
    converted["apiVersion"] = apiVersion;
    const bool toV2 = apiVersion == "faults.windlass.dev/v2";
    const Json value = object["spec"].value(toV2 ? "size" : "width", Json(0));
    converted["spec"] = {{toV2 ? "width" : "size", value}};
    return converted;
  });
  ASSERT_OK(server_->start());
  const auto version = [](const std::string& name, const std::string& field, bool storage) {
    Json schema{{"type", "object"}, {"properties", Json::object()}};
    schema["properties"]["spec"] = {{"type", "object"}, {"properties", {{field, {{"type", "integer"}}}}}};
    return Json{{"name", name}, {"served", true}, {"storage", storage}, {"schema", {{"openAPIV3Schema", schema}}}};
  };
  Json crd = newObject(kinds::CustomResourceDefinition, {"", "planks.faults.windlass.dev"});
  crd["spec"] = {{"group", "faults.windlass.dev"},
                 {"scope", "Namespaced"},
                 {"names", {{"plural", "planks"}, {"singular", "plank"}, {"kind", "Plank"}}}};
  crd["spec"]["versions"] = Json::array({version("v1", "size", true), version("v2", "width", false)});
  crd["spec"]["conversion"] = {
      {"strategy", "Webhook"},
      {"webhook", {{"clientConfig", clientConfig("/convert")}, {"conversionReviewVersions", {"v1"}}}}};
  ASSERT_OK(client().create(kinds::CustomResourceDefinition, crd));
  configured_.emplace_back(kinds::CustomResourceDefinition, "planks.faults.windlass.dev");
  Json plank = newObject(v1, key("p"));
  plank["spec"]["size"] = 3;
  ASSERT_TRUE(eventually([&] { return client().create(v1, plank).has_value(); }));
  const auto newer = client().get(v2, key("p"));
  ASSERT_OK(newer);
  EXPECT_EQ(intAt(*newer, "/spec/width"), 3);
  // An informer of the version that is not stored sees converted objects, and writes go back.
  const Watcher watcher(client(), v2, ns(), impatient());
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  Json wider = *newer;
  wider["spec"]["width"] = 4;
  ASSERT_OK(client().update(v2, wider));
  EXPECT_TRUE(eventually([&] { return intAt(*watcher.get(key("p")), "/spec/width") == 4; }));
  EXPECT_EQ(intAt(*client().get(v1, key("p")), "/spec/size"), 4);
}

TEST_F(WebhookApiTest, P39_ANewCertificateIsShownUnderLoadWithoutAFailedWrite) {
  std::atomic<int> asked{0};
  server_->validating("/load", [&asked](const Json&) {
    ++asked;
    return AdmissionAnswer::allow();
  });
  ASSERT_OK(server_->start());
  configure(kValidating, "/load", 5, "Fail");
  ASSERT_TRUE(inUse(asked));

  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  std::mutex mutex;
  std::vector<std::string> failures;
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back([&, name = "w" + std::to_string(i)] {
      for (int n = 0; !stop; ++n) {
        const auto done =
            client().apply(kinds::ConfigMap, asking(name, {{"n", std::to_string(n)}}), {"w", true, false});
        const std::lock_guard lock(mutex);
        done ? void(++written) : failures.push_back(done.error().toString());
      }
    });
  }
  // What a fresh connection is shown: only the second certificate carries the name "webhook-2".
  const auto shows = [this](const std::string& name) {
    Endpoint endpoint;
    endpoint.server = url("");
    endpoint.tlsServerName = name;
    endpoint.authorities.file = apiFile("pki/ca.crt");
    const auto transport = makeTransport(endpoint, "probe/1");
    return transport && (*transport)->call({}).has_value();
  };
  EXPECT_TRUE(shows("webhook-1"));
  EXPECT_FALSE(shows("webhook-2"));
  for (const auto* name : {"webhook-2", "webhook-1", "webhook-2"}) {
    const int before = written;
    showCertificate(name);
    EXPECT_TRUE(eventually([&] { return shows(name); })) << name;
    EXPECT_TRUE(eventually([&] { return written > before + 100; })) << written - before;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(failures.empty()) << failures.size() << " of " << written << ": " << failures.front();
}

// A door that handlers wait at.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST_F(WebhookApiTest, P39_AHandlerThatHangsIsBoundedByTheServersTimeoutAndEndsGracefully) {
  Gate gate;
  std::atomic<int> hanging{0}, allowed{0};
  server_->validating("/hang", [&](const Json&) {
    ++hanging;
    gate.pass();
    return AdmissionAnswer::allow();
  });
  server_->validating("/open", [&](const Json&) {
    ++allowed;
    return AdmissionAnswer::allow();
  });
  ASSERT_OK(server_->start());
  configure(kValidating, "/hang", 1, "Fail");
  Result<Json> refused = Json();
  ASSERT_TRUE(eventually([&] {
    refused = client().create(kinds::ConfigMap, asking("hung"));
    if (refused) (void)removeIfThere(client(), kinds::ConfigMap, key("hung"));
    return !refused.has_value();
  }));
  EXPECT_GE(hanging, 1);
  EXPECT_NE(refused.error().message.find("/hang"), std::string::npos) << refused.error().toString();
  EXPECT_FALSE(client().get(kinds::ConfigMap, key("hung")).has_value());

  // One that hangs does not take the others with it.
  const auto direct = [this](const std::string& path) {
    Endpoint endpoint;
    endpoint.server = url("");
    endpoint.authorities.file = apiFile("pki/ca.crt");
    const auto transport = makeTransport(endpoint, "probe/1");
    HttpRequest request;
    request.method = "POST";
    request.target = path;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = R"({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u"}})";
    return transport ? (*transport)->call(request) : fail(transport.error());
  };
  const auto answered = direct("/open");
  ASSERT_OK(answered);
  EXPECT_EQ(answered->status, 200);
  EXPECT_EQ(allowed, 1);

  // stop() waits for the handler that is under way and answers it; then nobody listens.
  std::atomic<bool> stopped{false};
  std::thread stopper([&] {
    server_->stop();
    stopped = true;
  });
  gate.open();
  EXPECT_TRUE(eventually([&] { return stopped.load(); }));
  stopper.join();
  const auto late = direct("/open");
  EXPECT_FALSE(late.has_value());
}

}  // namespace
}  // namespace windlass::kube
