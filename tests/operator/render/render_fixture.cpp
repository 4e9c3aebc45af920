#include "render_fixture.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "operator/catalog/yaml_document.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops::test {

const Catalog& realCatalog() {
  static const Catalog catalog = [] {
    auto read = readCatalog(sourcePath("charts/openstack"), sourcePath("upgrades"));
    if (!read) {
      ADD_FAILURE() << read.error().toString();
      return Catalog{};
    }
    return *read;
  }();
  return catalog;
}

Json exampleObject(const std::string& file) {
  std::ifstream stream(sourcePath("docs/examples/") + file);
  std::ostringstream text;
  text << stream.rdbuf();
  const auto document = parseYaml(text.str(), file);
  return document ? document->value : Json();
}

Json demoObject() {
  return exampleObject("openstackcloud.yaml");
}

Json threeServicesObject() {
  return exampleObject("openstackcloud-three-services.yaml");
}

std::string apiService() {
  const Json object = demoObject();
  return object.at("spec").at("services").begin().key();
}

RenderContext tryingNext() {
  const std::string release = demoObject().at("spec").at("release").get<std::string>();
  const std::vector<std::string> all = realCatalog().releaseIds();
  const auto next = std::find(all.begin(), all.end(), release) + 1;
  RenderContext context;
  context.canaries[apiService() + "/api"] = {*next};
  return context;
}

OpenStackCloud decoded(const Json& object) {
  const auto cloud = decodeOpenStackCloud(object);
  if (!cloud) {
    ADD_FAILURE() << cloud.error().toString();
    return {};
  }
  return *cloud;
}

RenderedCloud rendered(const Json& object, const RenderContext& context) {
  const auto cloud = render(realCatalog(), decoded(object), context);
  if (!cloud) {
    ADD_FAILURE() << cloud.error().toString();
    return {};
  }
  return *cloud;
}

std::string refusalOf(const Json& object) {
  const auto cloud = render(realCatalog(), decoded(object), {});
  return cloud ? "accepted" : cloud.error().message;
}

std::vector<Json> allObjects(const RenderedCloud& cloud) {
  std::vector<Json> out;
  for (const Stage& stage : cloud.stages) out.insert(out.end(), stage.objects.begin(), stage.objects.end());
  return out;
}

std::vector<Json> objectsOf(const RenderedCloud& cloud, const std::string& kind) {
  std::vector<Json> out;
  for (const Json& object : allObjects(cloud)) {
    if (object.at("kind") == kind) out.push_back(object);
  }
  return out;
}

std::vector<NamedPod> podsOf(const RenderedCloud& cloud) {
  std::vector<NamedPod> out;
  for (const Json& object : allObjects(cloud)) {
    if (!object.contains("/spec/template/spec"_json_pointer)) continue;
    out.push_back({object.at("metadata").at("name").get<std::string>(), object.at("spec").at("template")});
  }
  return out;
}

std::string configOf(const RenderedCloud& cloud, const std::string& component, const std::string& file) {
  for (const NamedPod& named : podsOf(cloud)) {
    if (named.pod.at("metadata").at("labels").value("windlass.dev/component", "") != component) continue;
    const Json volumes = named.pod.at("spec").value("volumes", Json::array());
    for (const Json& volume : volumes) {
      if (!volume.contains("configMap")) continue;
      for (const Json& map : objectsOf(cloud, "ConfigMap")) {
        if (map.at("metadata").at("name") == volume.at("configMap").at("name"))
          return map.at("data").at(file).get<std::string>();
      }
    }
  }
  return "";
}

}  // namespace windlass::ops::test
