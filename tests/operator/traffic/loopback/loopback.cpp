#include "loopback.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>
#include <httplib.h>
#include <stdlib.h>

#include "operator/catalog/yaml_document.h"
#include "operator/render/render.h"
#include "operator/traffic/haproxy/gateway_driver.h"
#include "operator/traffic/haproxy/socket_channel.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops::test {
namespace {

namespace fs = std::filesystem;

std::string textOf(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

RenderedCloud renderDemo(const TrafficSplits& splits) {
  const auto catalog = readCatalog(sourcePath("charts/openstack"), sourcePath("upgrades"));
  const auto document = parseYaml(textOf(sourcePath("docs/examples/openstackcloud.yaml")), "example");
  const auto cloud = decodeOpenStackCloud(document->value);
  RenderContext context;
  context.traffic = splits;
  return *render(*catalog, *cloud, context);
}

// The data of the gateway's ConfigMap that has this file.
Json mapWith(const RenderedCloud& cloud, const std::string& file) {
  for (const Stage& stage : cloud.stages) {
    for (const Json& object : stage.objects) {
      if (object.at("kind") == "ConfigMap" && object.at("data").contains(file)) return object.at("data");
    }
  }
  ADD_FAILURE() << "no ConfigMap with " << file;
  return Json::object();
}

std::string replaced(const std::string& text, const std::string& pattern, const std::string& by) {
  const std::regex regex(pattern);
  EXPECT_TRUE(std::regex_search(text, regex)) << "the chart has no " << pattern;
  return std::regex_replace(text, regex, by);
}

}  // namespace

Loopback::Loopback(const BackendSpec& stable, const BackendSpec& canary) : canarySpec_(canary) {
  std::string name = (fs::temp_directory_path() / "windlass-loopback-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  const RenderedCloud cloud = renderDemo({});
  api_ = cloud.endpoints.begin()->first;
  port_ = freePort();
  stablePort_ = freePort();
  canaryPort_ = freePort();
  stable_ = startBackend(stablePort_, "stable", stable);
  canary_ = startBackend(canaryPort_, "canary", canary);
  const auto at = [](int port) { return "127.0.0.1:" + std::to_string(port); };
  // Addresses and paths are those of this machine; every rule is the chart's.
  std::string config = mapWith(cloud, "haproxy.cfg").at("haproxy.cfg").get<std::string>();
  config = replaced(config, "bind \\*:8404", "bind " + at(freePort()));
  config = replaced(config, "bind \\*:[0-9]+", "bind " + at(port_));
  config = replaced(config, "/run/haproxy/admin.sock", folder_ + "/admin.sock");
  config = replaced(config, "/etc/haproxy-traffic", folder_);
  config = replaced(config, " resolvers cluster resolve-prefer ipv4 init-addr none", "");
  config = replaced(config, "server-template stable 8 \\S+", "server stable1 " + at(stablePort_));
  config = replaced(config, "server-template canary 4 \\S+", "server canary1 " + at(canaryPort_));
  config = replaced(config, "server-template instead 8 \\S+", "server instead1 " + at(stablePort_));
  std::ofstream(folder_ + "/haproxy.cfg") << config;
  writeSplit({});
  auto channel = haproxy::SocketChannel::create(folder_ + "/admin.sock");
  gateway_ = std::make_unique<haproxy::GatewayDriver>(std::make_unique<haproxy::SocketChannel>(*channel), folder_,
                                                      haproxy::Limits{std::chrono::seconds(20)});
  startGateway();
  EXPECT_TRUE(waitForPort(stablePort_) && waitForPort(canaryPort_));
}

Loopback::~Loopback() {
  if (testing::Test::HasFailure()) std::cerr << textOf(log("haproxy")).substr(0, 3000) << "\n";
  haproxy_.kill();
  stable_.kill();
  canary_.kill();
  fs::remove_all(folder_);
}

Process Loopback::startBackend(int port, const std::string& revision, const BackendSpec& spec) {
  return Process({WINDLASS_BACKEND, std::to_string(port), revision, spec.fault, std::to_string(spec.milliseconds),
                  folder_ + "/flag"},
                 log(revision));
}

void Loopback::writeSplit(const TrafficSplit& split) {
  const Json maps = mapWith(renderDemo({{api_, split}}), "weights.map");
  for (const auto& [name, text] : maps.items()) std::ofstream(folder_ + "/" + name) << text.get<std::string>();
}

void Loopback::startGateway() {
  haproxy_ = Process({"/usr/sbin/haproxy", "-db", "-f", folder_ + "/haproxy.cfg"}, log("haproxy"));
  EXPECT_TRUE(waitForPort(port_)) << textOf(log("haproxy"));
  // Its command socket gets its name last.
  EXPECT_TRUE(waitUntilUp(false)) << textOf(log("haproxy"));
}

int Loopback::restartCanary() {
  if (!canary_.hasEnded()) return 0;
  canary_ = startBackend(canaryPort_, "canary", canarySpec_);
  return 1;
}

bool Loopback::waitUntilUp(bool withCanary) {
  for (int i = 0; i < 200; ++i) {
    const auto sample = gateway_->sample();
    if (sample && sample->apis.contains(api_)) {
      const ApiCounters& counters = sample->apis.at(api_);
      if (counters.stableAvailable && (counters.canaryAvailable || !withCanary)) return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

void request(int port, const std::string& header, bool post, Counts& counts) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(30);
  httplib::Headers headers;
  if (!header.empty()) headers.emplace("X-Windlass-Canary", header);
  const auto answer =
      post ? client.Post("/v3/work", headers, "{}", "application/json") : client.Get("/v3/work", headers);
  if (!answer || answer->status != 200) {
    ++counts.failed;
    counts.lastFailure = answer ? std::to_string(answer->status) : httplib::to_string(answer.error());
  }
  if (answer && answer->get_header_value("X-Revision") == "stable") ++counts.stable;
  if (answer && answer->get_header_value("X-Revision") == "canary") ++counts.canary;
}

Counts hammer(int port, int total, const std::string& header) {
  constexpr int kThreads = 8;
  std::vector<Counts> each(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < total; i += kThreads) request(port, header, i % 4 == 3, each[static_cast<std::size_t>(t)]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Counts sum;
  for (const Counts& one : each) {
    sum.stable += one.stable;
    sum.canary += one.canary;
    sum.failed += one.failed;
    if (!one.lastFailure.empty()) sum.lastFailure = one.lastFailure;
  }
  return sum;
}

Client::Client(int port, int threads) {
  for (int t = 0; t < threads; ++t) {
    threads_.emplace_back([this, port] {
      for (int i = 0; !stop_; ++i) {
        Counts counts;
        request(port, "", i % 4 == 3, counts);
        ++all_;
        canary_ += counts.canary;
        failed_ += counts.failed;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
  }
}

Client::~Client() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace windlass::ops::test
