#include "kube/client/rest_path.h"

#include "kube/transport/url.h"

namespace windlass::kube {
namespace {

// Source: k8s.io/apimachinery pkg/api/validation/path/name.go.
bool isPathSegment(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of("/%") == std::string::npos;
}

}  // namespace

std::string collectionPath(const ResourceKind& kind, const std::string& ns) {
  std::string path = kind.group.empty() ? "/api/" + kind.version : "/apis/" + kind.group + "/" + kind.version;
  if (kind.namespaced && !ns.empty()) path += "/namespaces/" + percentEncode(ns);
  return path + "/" + kind.plural;
}

Result<std::string> objectPath(const ResourceKind& kind, const ObjectKey& key, const std::string& subresource) {
  if (!isPathSegment(key.name))
    return fail(ErrorKind::Invalid, "'" + key.name + "' cannot be the name of a " + kind.kind);
  if (kind.namespaced && !isPathSegment(key.ns))
    return fail(ErrorKind::Invalid, kind.kind + " " + key.name + " needs a namespace, and '" + key.ns + "' is none");
  std::string path = collectionPath(kind, key.ns) + "/" + percentEncode(key.name);
  if (!subresource.empty()) path += "/" + subresource;
  return path;
}

std::string withQuery(std::string path, const Query& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    path += separator + name + "=" + percentEncode(value);
    separator = '&';
  }
  return path;
}

Query listQuery(const ListOptions& options) {
  return {
      {"labelSelector", options.labelSelector},     {"fieldSelector", options.fieldSelector},
      {"resourceVersion", options.resourceVersion}, {"resourceVersionMatch", options.resourceVersionMatch},
      {"continue", options.continueToken},          {"limit", options.limit > 0 ? std::to_string(options.limit) : ""}};
}

Query watchQuery(const WatchOptions& options) {
  Query query{{"watch", "true"},
              {"labelSelector", options.labelSelector},
              {"fieldSelector", options.fieldSelector},
              {"resourceVersion", options.resourceVersion},
              {"timeoutSeconds", std::to_string(options.timeout.count())}};
  if (options.allowBookmarks) query.emplace_back("allowWatchBookmarks", "true");
  if (options.sendInitialEvents) {
    query.emplace_back("sendInitialEvents", "true");
    query.emplace_back("resourceVersionMatch", "NotOlderThan");
  }
  return query;
}

Query applyQuery(const ApplyOptions& options) {
  return {{"fieldManager", options.fieldManager},
          {"force", options.force ? "true" : "false"},
          {"dryRun", options.dryRun ? "All" : ""}};
}

}  // namespace windlass::kube
