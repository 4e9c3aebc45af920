#pragma once
// The Secrets that rendering asks for: what is missing is made, what exists is never changed.
//
// A value comes from the Secret itself, else from its second copy in the escrow, else it is generated. The copy is
// written before the Secret, so a value in use always has one. Values derived from others (templates, literals) follow
// their sources. When a Secret and its copy are both lost, the new value has another hash: what uses it is rendered
// anew, rolls, and the jobs that set database users run again.
#include <map>
#include <string>
#include <vector>

#include "operator/reconcile/apply.h"
#include "operator/reconcile/cloud_state.h"
#include "operator/reconcile/credential_values.h"
#include "operator/render/stage.h"

namespace windlass::ops {

struct CredentialRequest {
  SecretRequest request;
  int stageOrder = 0;
};

struct Credentials {
  std::map<std::string, std::string> hashes;  // Secret name -> keyed hash of its values; safe to show
  std::vector<std::string> restored;          // Secrets that somebody deleted and that are back
};

// All secrets of a rendering, and one of our own whose value keys the hashes.
std::vector<CredentialRequest> credentialRequests(const RenderedCloud& rendered, const std::string& cloud);

// `supplied`: values of Secrets that the cloud refers to and that templates may name. Invalid when a template has a
// placeholder without value.
Result<Credentials> ensureCredentials(kube::Client& client, Applier& applier, const Json& cloud,
                                      const std::vector<CredentialRequest>& requests, const Observed& observed,
                                      const std::map<std::string, std::map<std::string, std::string>>& supplied,
                                      Escrow& escrow, const RandomBytes& random);

}  // namespace windlass::ops
