#pragma once
// REST paths and queries of the Kubernetes API. Pure. Source: client-go rest/request.go, apiserver
// endpoints/installer.go.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/client/client.h"
#include "kube/object/resource.h"

namespace windlass::kube {

using Query = std::vector<std::pair<std::string, std::string>>;

// "/api/v1/namespaces/ns/pods" or "/apis/apps/v1/deployments" (all namespaces when ns is empty).
std::string collectionPath(const ResourceKind& kind, const std::string& ns);
// Invalid when the name is empty or not one path segment, or a namespaced kind has no namespace.
Result<std::string> objectPath(const ResourceKind& kind, const ObjectKey& key, const std::string& subresource = "");
// Path with the query appended, both percent-encoded; empty values are left out.
std::string withQuery(std::string path, const Query& query);

Query listQuery(const ListOptions& options);
Query watchQuery(const WatchOptions& options);
Query applyQuery(const ApplyOptions& options);

}  // namespace windlass::kube
