#include "kube/client/discovery_fetch.h"

#include <spdlog/spdlog.h>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr const char* kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

std::vector<std::string> textsAt(const Json& object, std::string_view pointer) {
  std::vector<std::string> texts;
  for (const Json& item : arrayAt(object, pointer))
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

// Only what can be asked for: a resource with a name of its own (no subresource) and a kind.
bool isUsable(const DiscoveredResource& resource) {
  const std::string& plural = resource.kind.plural;
  return !plural.empty() && plural.find('/') == std::string::npos && !resource.kind.kind.empty();
}

void append(std::vector<DiscoveredResource>& all, std::vector<DiscoveredResource> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

DiscoveredResource aggregatedResource(const Json& item, const std::string& group, const std::string& version) {
  ResourceKind kind{group, version, stringAt(item, "/responseKind/kind"), stringAt(item, "/resource"),
                    stringAt(item, "/scope") == "Namespaced"};
  return {std::move(kind), stringAt(item, "/singularResource"), textsAt(item, "/shortNames"), textsAt(item, "/verbs")};
}

Result<std::vector<DiscoveredResource>> fetchLegacyGroups(RestClient& client, const Json& groups) {
  std::vector<DiscoveredResource> all;
  for (const Json& group : arrayAt(groups, "/groups")) {
    const std::string preferred = stringAt(group, "/preferredVersion/groupVersion");
    auto list = client.getJson("/apis/" + preferred);
    // One broken aggregated API must not hide all others.
    if (!list)
      spdlog::warn("discovery of {}: {}", preferred, list.error().toString());
    else
      append(all, parseResourceList(*list));
  }
  return all;
}

}  // namespace

std::vector<DiscoveredResource> parseAggregatedDiscovery(const Json& document) {
  std::vector<DiscoveredResource> all;
  for (const Json& group : arrayAt(document, "/items"))
    for (const Json& version : arrayAt(group, "/versions"))
      for (const Json& item : arrayAt(version, "/resources"))
        all.push_back(aggregatedResource(item, stringAt(group, "/metadata/name"), stringAt(version, "/version")));
  std::erase_if(all, [](const DiscoveredResource& resource) { return !isUsable(resource); });
  return all;
}

std::vector<DiscoveredResource> parseResourceList(const Json& list) {
  const std::string groupVersion = stringAt(list, "/groupVersion");
  const std::size_t slash = groupVersion.find('/');
  const std::string group = slash == std::string::npos ? "" : groupVersion.substr(0, slash);
  const std::string version = slash == std::string::npos ? groupVersion : groupVersion.substr(slash + 1);
  std::vector<DiscoveredResource> all;
  for (const Json& item : arrayAt(list, "/resources")) {
    all.push_back({{group, version, stringAt(item, "/kind"), stringAt(item, "/name"), boolAt(item, "/namespaced")},
                   stringAt(item, "/singularName"),
                   textsAt(item, "/shortNames"),
                   textsAt(item, "/verbs")});
  }
  std::erase_if(all, [](const DiscoveredResource& resource) { return !isUsable(resource); });
  return all;
}

Result<std::vector<DiscoveredResource>> fetchResources(RestClient& client) {
  std::vector<DiscoveredResource> all;
  WINDLASS_TRY_ASSIGN(const Json core, client.getJson("/api", {}, kAggregated));
  if (kindOf(core) == "APIGroupDiscoveryList") {
    append(all, parseAggregatedDiscovery(core));
  } else {
    WINDLASS_TRY_ASSIGN(const Json list, client.getJson("/api/v1"));
    append(all, parseResourceList(list));
  }
  WINDLASS_TRY_ASSIGN(const Json groups, client.getJson("/apis", {}, kAggregated));
  if (kindOf(groups) == "APIGroupDiscoveryList") {
    append(all, parseAggregatedDiscovery(groups));
    return all;
  }
  WINDLASS_TRY_ASSIGN(auto legacy, fetchLegacyGroups(client, groups));
  append(all, std::move(legacy));
  return all;
}

}  // namespace windlass::kube
