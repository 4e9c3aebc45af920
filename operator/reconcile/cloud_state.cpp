#include "operator/reconcile/cloud_state.h"

#include <fmt/format.h>

#include "kube/object/base64.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr std::string_view kNotesAnnotation = "windlass.dev/notes";

Json encodeNotes(const CloudNotes& notes, const std::string& uid) {
  return {{"cloud", uid}, {"settled", notes.settled}, {"doneJobs", notes.doneJobs}, {"claims", notes.claims}};
}

CloudNotes decodeNotes(const std::string& text, const std::string& uid) {
  CloudNotes notes;
  const Json json = Json::parse(text, nullptr, false);
  if (kube::stringAt(json, "/cloud") != uid) return notes;
  notes.settled = kube::stringAt(json, "/settled");
  if (const Json* jobs = kube::find(json, "/doneJobs"); jobs != nullptr && jobs->is_array()) {
    for (const Json& job : *jobs) {
      if (job.is_string()) notes.doneJobs.insert(job.get<std::string>());
    }
  }
  if (const Json* claims = kube::find(json, "/claims"); claims != nullptr && claims->is_object()) {
    for (const auto& [name, claimUid] : claims->items()) {
      if (claimUid.is_string()) notes.claims[name] = claimUid.get<std::string>();
    }
  }
  return notes;
}

Json escrowObject(const Json& cloud, const Escrow& escrow) {
  Json object = kube::newObject(kube::kinds::Secret, {kube::namespaceOf(cloud), escrowName(kube::nameOf(cloud))});
  object["type"] = "Opaque";
  object["metadata"]["labels"][std::string(kCloudLabel)] = kube::nameOf(cloud);
  Json& annotations = object["metadata"]["annotations"];
  annotations[std::string(kKeepAnnotation)] = "true";
  annotations[std::string(kNotesAnnotation)] = encodeNotes(escrow.notes, kube::uidOf(cloud)).dump();
  object["data"] = Json::object();
  for (const auto& [key, value] : escrow.copies) object["data"][key] = kube::base64Encode(value);
  return object;
}

bool isStored(const Json& desired, const Json& live) {
  if (!live.is_object() || kube::isDeleting(live)) return false;
  return live.value("data", Json::object()) == desired["data"] &&
         kube::annotationOf(live, kNotesAnnotation) == kube::annotationOf(desired, kNotesAnnotation) &&
         kube::annotationOf(live, kKeepAnnotation) == "true";
}

}  // namespace

std::map<std::string, std::string> secretValues(const Json& secret) {
  std::map<std::string, std::string> values;
  const Json* data = kube::find(secret, "/data");
  if (data == nullptr || !data->is_object()) return values;
  for (const auto& [key, encoded] : data->items()) {
    if (!encoded.is_string()) continue;
    if (auto value = kube::base64Decode(encoded.get<std::string>())) values[key] = std::move(*value);
  }
  return values;
}

Escrow readEscrow(const Observed& observed, const Json& cloud) {
  Escrow escrow;
  const Json* live = observed.find(refOf("Secret", escrowName(kube::nameOf(cloud))));
  if (live == nullptr) return escrow;
  escrow.stored = *live;
  escrow.copies = secretValues(*live);
  escrow.notes = decodeNotes(kube::annotationOf(*live, kNotesAnnotation), kube::uidOf(cloud));
  return escrow;
}

Status saveEscrow(kube::Client& client, const Json& cloud, Escrow& escrow) {
  const Json desired = escrowObject(cloud, escrow);
  if (isStored(desired, escrow.stored)) return {};
  auto saved = client.apply(kube::kinds::Secret, desired, {std::string(kFieldManager), true, false});
  if (!saved) return kube::wrap("cannot keep the second copy of the credentials", saved.error());
  escrow.stored = std::move(*saved);
  return {};
}

}  // namespace windlass::ops
