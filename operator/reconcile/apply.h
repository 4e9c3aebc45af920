#pragma once
// Bringing one object to what was rendered: server-side apply, and only when something differs.
//
// An apply is sent when the object is missing, when what we want changed since our last apply (its hash is kept in an
// annotation), or when a field of ours was changed by someone else (drift). An object of the same name that is not ours
// is never touched.
#include <map>
#include <mutex>
#include <string>

#include "kube/client/client.h"
#include "kube/object/json.h"
#include "operator/reconcile/observe.h"

namespace windlass::ops {

// A rendered object completed with what every object of a cloud carries: namespace, cloud label, stage order, hash, and
// the cloud as controller, unless the object holds data that must outlive it.
Json decorate(Json object, const Json& cloud, int stageOrder);

enum class ApplyAction { Unchanged, Created, Updated, DriftCorrected };

struct Applied {
  Json live;
  ApplyAction action = ApplyAction::Unchanged;
  std::string driftedField;  // JSON pointer, with DriftCorrected
};

// Thread-safe.
class Applier {
 public:
  explicit Applier(kube::Client& client) : client_(client) {}

  // `desired` is decorated; `live` is what observe() saw, or nullptr. AlreadyExists: the name is taken by an object of
  // somebody else. Conflict: it is being deleted right now.
  Result<Applied> apply(const Json& cloud, const Json& desired, const Json* live);

 private:
  Result<Applied> create(const Json& cloud, const kube::ResourceKind& kind, const Json& desired);
  Result<Applied> send(const kube::ResourceKind& kind, const Json& desired, ApplyAction action, std::string field);
  bool toleratedByServer(const Json& live, const std::string& field) const;

  kube::Client& client_;
  mutable std::mutex mutex_;
  // uid + applied hash -> a field that the server stores differently from how we write it: applying again would not
  // change it, so it is not drift. Only saves requests; lost on restart without harm. At most kMostTolerated entries.
  std::map<std::string, std::string> tolerated_;
};

}  // namespace windlass::ops
