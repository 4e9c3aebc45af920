#pragma once
// Which resources a server has: finding a ResourceKind by what a person types. Source: client-go discovery/ and
// restmapper/ (aggregated discovery v2, KEP-3352; the legacy lists as the fallback).
//
// Thread-safe. Answers are kept; a name that is not found makes it ask the server once more, at most every 10 s, so
// that a CRD that was just made is seen.
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/rest_client.h"

namespace windlass::kube {

struct DiscoveredResource {
  ResourceKind kind;
  std::string singular;
  std::vector<std::string> shortNames;
  std::vector<std::string> verbs;
};

// Pure: the bodies of an aggregated document, of a core/group APIResourceList. Subresources are left out.
std::vector<DiscoveredResource> parseAggregatedDiscovery(const Json& document);
std::vector<DiscoveredResource> parseResourceList(const Json& list);
// The first of `all` that is called `name`: plural, singular, kind (any case) or short name, each optionally with
// ".group" or ".version.group" behind. The order of `all` is the order of preference.
const DiscoveredResource* findResource(const std::vector<DiscoveredResource>& all, const std::string& name);

class Discovery {
 public:
  explicit Discovery(RestClient& client, std::chrono::milliseconds reloadAtMostEvery = std::chrono::seconds(10))
      : client_(client), reloadAtMostEvery_(reloadAtMostEvery) {}

  // NotFound names what was looked for.
  Result<ResourceKind> byName(const std::string& name);
  Result<ResourceKind> byKind(const std::string& group, const std::string& kind);
  Result<std::vector<DiscoveredResource>> all();
  // Forgets everything.
  void reset();

 private:
  template <class Find>
  Result<ResourceKind> lookUp(const std::string& what, const Find& find);
  Status load();

  RestClient& client_;
  const std::chrono::milliseconds reloadAtMostEvery_;
  std::mutex mutex_;
  std::vector<DiscoveredResource> resources_;
  std::optional<std::chrono::steady_clock::time_point> loadedAt_;
};

}  // namespace windlass::kube
