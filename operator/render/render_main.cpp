// windlass-render: shows what a cloud would be made of, without a cluster.
//
//   windlass-render CLOUD.yaml [CHARTS [UPGRADES]]    prints the stages as JSON; exits 1 with the reason when refused
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "operator/catalog/yaml_document.h"
#include "operator/render/render.h"

namespace windlass::ops {
namespace {

Json toJson(const SecretRequest& request) {
  Json keys = Json::array();
  for (const SecretKey& key : request.keys) {
    keys.push_back({{"key", key.key}, {"generator", key.generator}, {"length", key.length}, {"value", key.value}});
  }
  return {{"name", request.name}, {"labels", request.labels}, {"keys", keys}, {"keepOnDelete", request.keepOnDelete}};
}

Json toJson(const RenderedCloud& cloud) {
  Json stages = Json::array();
  for (const Stage& stage : cloud.stages) {
    Json secrets = Json::array();
    for (const SecretRequest& request : stage.secrets) secrets.push_back(toJson(request));
    stages.push_back({{"name", stage.name},
                      {"summary", stage.summary},
                      {"after", stage.after},
                      {"settles", stage.settles},
                      {"secrets", secrets},
                      {"objects", stage.objects}});
  }
  return {{"stages", stages}, {"revisions", cloud.revisions}, {"endpoints", cloud.endpoints}};
}

Result<Json> show(const std::string& file, const std::string& charts, const std::string& upgrades) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return kube::fail(kube::ErrorKind::Missing, file + ": cannot be opened");
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  WINDLASS_TRY_ASSIGN(const YamlDocument document, parseYaml(text, file));
  WINDLASS_TRY_ASSIGN(const OpenStackCloud cloud, decodeOpenStackCloud(document.value));
  WINDLASS_TRY_ASSIGN(const Catalog catalog, readCatalog(charts, upgrades));
  WINDLASS_TRY_ASSIGN(const RenderedCloud rendered, render(catalog, cloud, {}));
  return toJson(rendered);
}

}  // namespace
}  // namespace windlass::ops

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::cerr << "usage: windlass-render CLOUD.yaml [CHARTS [UPGRADES]]\n";
    return 2;
  }
  const auto shown =
      windlass::ops::show(argv[1], argc > 2 ? argv[2] : "charts/openstack", argc > 3 ? argv[3] : "upgrades");
  if (!shown) {
    std::cerr << shown.error().toString() << "\n";
    return 1;
  }
  std::cout << shown->dump(2) << "\n";
  return 0;
}
