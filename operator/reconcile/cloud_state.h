#pragma once
// The escrow: one Secret a cloud that outlives everything else. It holds a second copy of every generated credential,
// so that a deleted Secret comes back with the values that databases and brokers already know, and the operator's own
// notes on the cloud (an annotation). Losing it is harmless as long as the Secrets themselves are there: it is filled
// again from them.
#include <map>
#include <set>
#include <string>

#include "kube/client/client.h"
#include "kube/object/json.h"
#include "operator/reconcile/observe.h"

namespace windlass::ops {

// What cannot be seen from the objects themselves.
struct CloudNotes {
  // Hash of the rendering that was last complete: while it is the same, nothing waits for anything, parts only heal.
  std::string settled;
  // Jobs of the present rendering that have succeeded: they are not run again when somebody deletes them.
  std::set<std::string> doneJobs;
  // Data claims by name -> uid: another uid means that the data is new, and the jobs have to run again.
  std::map<std::string, std::string> claims;

  bool operator==(const CloudNotes&) const = default;
};

struct Escrow {
  CloudNotes notes;
  std::map<std::string, std::string> copies;  // "<secret>..<key>" -> value
  Json stored;                                // the Secret as it was read or last written; null when there is none

  static std::string copyKey(const std::string& secret, const std::string& key) { return secret + ".." + key; }
};

// Notes written for an earlier cloud of the same name are dropped, its copies are taken over.
Escrow readEscrow(const Observed& observed, const Json& cloud);
// Writes when something differs from what is stored.
Status saveEscrow(kube::Client& client, const Json& cloud, Escrow& escrow);

// Decoded .data of a Secret.
std::map<std::string, std::string> secretValues(const Json& secret);

}  // namespace windlass::ops
