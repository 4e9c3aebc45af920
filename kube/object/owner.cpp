#include <algorithm>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

OwnerReference ownerFromJson(const Json& json) {
  return {stringAt(json, "/apiVersion"), stringAt(json, "/kind"),     stringAt(json, "/name"),
          stringAt(json, "/uid"),        boolAt(json, "/controller"), boolAt(json, "/blockOwnerDeletion")};
}

Json controllerReference(const Json& owner, const ResourceKind& kind) {
  return {{"apiVersion", kind.apiVersion()},
          {"kind", kind.kind},
          {"name", nameOf(owner)},
          {"uid", uidOf(owner)},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

}  // namespace

std::vector<OwnerReference> ownersOf(const Json& object) {
  std::vector<OwnerReference> owners;
  const Json* list = find(object, "/metadata/ownerReferences");
  if (!list || !list->is_array()) return owners;
  for (const Json& item : *list) owners.push_back(ownerFromJson(item));
  return owners;
}

std::optional<OwnerReference> controllerOf(const Json& object) {
  const auto owners = ownersOf(object);
  const auto found = std::find_if(owners.begin(), owners.end(), [](const OwnerReference& o) { return o.controller; });
  return found == owners.end() ? std::nullopt : std::optional(*found);
}

Status setController(Json& object, const Json& owner, const ResourceKind& ownerKind) {
  if (!object.is_object() || !object.value("metadata", Json::object()).is_object())
    return fail(ErrorKind::Invalid, "cannot set an owner on something that is no object");
  if (ownerKind.namespaced && namespaceOf(owner) != namespaceOf(object))
    return fail(ErrorKind::Invalid, ownerKind.kind + " " + keyOf(owner).toString() + " cannot own " + kindOf(object) +
                                        " " + keyOf(object).toString() +
                                        ": an owner must be in the namespace of what it owns");
  if (uidOf(owner).empty())
    return fail(ErrorKind::Invalid,
                ownerKind.kind + " " + keyOf(owner).toString() + " has no uid yet, so it owns nothing");
  const auto current = controllerOf(object);
  if (current && current->uid != uidOf(owner))
    return fail(ErrorKind::Invalid, kindOf(object) + " " + keyOf(object).toString() + " is already controlled by " +
                                        current->kind + " " + current->name);
  Json& list = object["metadata"]["ownerReferences"];
  if (!list.is_array()) list = Json::array();
  const Json reference = controllerReference(owner, ownerKind);
  const auto same = std::find_if(list.begin(), list.end(),
                                 [&owner](const Json& item) { return stringAt(item, "/uid") == uidOf(owner); });
  if (same != list.end())
    *same = reference;
  else
    list.push_back(reference);
  return {};
}

}  // namespace windlass::kube
