#pragma once
// One consistent-enough look at everything a cloud is made of, read straight from the API server: informers only say
// *when* to look, so a decision never rests on a stale cache.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/client.h"
#include "kube/object/json.h"

namespace windlass::ops {

using kube::Json;
using kube::Result;
using kube::Status;

struct Observed {
  std::map<std::string, Json> objects;  // refOf() -> object carrying our label, of ownedKinds()
  std::vector<Json> pods;

  const Json* find(const std::string& ref) const;
};

// All of one kind that carry the cloud's label; at most 5000 (TooLarge beyond).
Result<std::vector<Json>> listOfCloud(kube::Client& client, const kube::ResourceKind& kind,
                                      const kube::ObjectKey& cloud);
Result<Observed> observe(kube::Client& client, const kube::ObjectKey& cloud);
// Newest Warning events of the namespace, for explaining. At most 500; an error yields none (they only explain).
std::vector<Json> warningsOf(kube::Client& client, const std::string& ns);
// nullopt when it does not exist.
Result<std::optional<Json>> getIfThere(kube::Client& client, const kube::ResourceKind& kind,
                                       const kube::ObjectKey& key);

}  // namespace windlass::ops
