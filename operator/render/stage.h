#pragma once
// What rendering a cloud yields: stages in order, each a set of complete Kubernetes objects to apply. The reconciler
// applies a stage, waits until all its objects are ready (readiness.h) and goes on; it decides nothing itself.
//
// Values of secrets never pass through rendering: a stage names the secrets it needs and how each key is generated; the
// reconciler creates what is missing and never changes what exists.
#include <map>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::ops {

using kube::Json;
using kube::Result;

// How a missing secret key is made. The vocabulary is documented in docs/service-definitions.md.
struct SecretKey {
  std::string key;        // key in the Secret's data
  std::string generator;  // "password", "fernet-key", "hex", "template", "literal"
  int length = 32;        // bytes of entropy (password: characters)
  // For "template": text with {other-key} placeholders, each replaced by that key of the same Secret, or by
  // {secret-name/key} of another Secret of this cloud. For "literal": the (non-secret) value itself.
  std::string value;
};

struct SecretRequest {
  std::string name;
  std::map<std::string, std::string> labels;
  std::vector<SecretKey> keys;
  bool keepOnDelete = false;  // user data depends on it (database root password, encryption keys)
};

struct Stage {
  std::string name;     // "database", "identity/schema": unique within the cloud, shown to people
  std::string summary;  // "creating the database" (used as "waiting for ...")
  std::vector<SecretRequest> secrets;
  std::vector<Json> objects;  // complete, deterministic, with namespace, labels; owner reference is added on apply
  // Stages that must be ready before this one is applied, all of them earlier in the list: applying strictly one after
  // the other is right, applying everything whose `after` is ready is faster.
  std::vector<std::string> after;
  // Components ("<service>/<component>") whose other revisions get no traffic any more once this stage is ready: from
  // then on their Deployments (and ConfigMaps) may go.
  std::vector<std::string> settles;
  // A revision that is tried: no part of what the cloud offers, and nothing waits for it.
  bool trial = false;
  // True when objects carrying user data (claims) must outlive the cloud unless deletionPolicy is Delete.
  bool holdsData = false;
};

struct RenderedCloud {
  std::vector<Stage> stages;
  // Revision of every component: "<service>/<component>" -> hash (label windlass.dev/revision). Deployments of other
  // revisions are pruned once the stage that `settles` the component is ready, not before: until then the old revision
  // has the traffic.
  std::map<std::string, std::string> revisions;
  // Public URL of every API: service type -> URL, for status.
  std::map<std::string, std::string> endpoints;
};

}  // namespace windlass::ops
