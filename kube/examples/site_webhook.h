#pragma once
// The webhooks of the Site example as plain functions: what they decide needs no server to be tested.
#include "kube/serve/admission.h"

namespace windlass::example {

// Refuses a page without text or with one of a megabyte; warns of one that shouts.
kube::AdmissionAnswer validateSite(const kube::Json& request);
// Labels every Site with who made it first.
kube::AdmissionAnswer labelSite(const kube::Json& request);
// v1 has spec.text, v1beta1 had spec.content.
kube::Result<kube::Json> convertSite(const kube::Json& object, const std::string& apiVersion);

}  // namespace windlass::example
