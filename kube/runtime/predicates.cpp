// The mappers and predicates of controller.h.
#include "kube/object/meta.h"
#include "kube/runtime/controller.h"

namespace windlass::kube {

bool specChanged(const InformerEvent& event) {
  if (event.type != InformerEvent::Type::Update || !event.old) return true;
  const Json& before = *event.old;
  const Json& after = *event.object;
  // Kinds without a generation (ConfigMap, Secret, ...): every change may be one of substance.
  if (generationOf(before) == 0 && generationOf(after) == 0) return true;
  const auto same = [&](const char* pointer) {
    const Json* left = find(before, pointer);
    const Json* right = find(after, pointer);
    return (!left && !right) || (left && right && *left == *right);
  };
  return generationOf(before) != generationOf(after) || uidOf(before) != uidOf(after) || !same("/metadata/labels") ||
         !same("/metadata/annotations") || isDeleting(before) != isDeleting(after);
}

KeyMapper mapToOwner(const ResourceKind& ownerKind) {
  return [ownerKind](const Json& object) -> std::vector<ObjectKey> {
    const auto owner = controllerOf(object);
    if (!owner || owner->kind != ownerKind.kind) return {};
    // Any version of the group: a stored owner reference may name an older one.
    if (owner->apiVersion.substr(0, owner->apiVersion.find('/') + 1) !=
        (ownerKind.group.empty() ? "" : ownerKind.group + "/"))
      return {};
    return {ObjectKey{ownerKind.namespaced ? namespaceOf(object) : "", owner->name}};
  };
}

KeyMapper mapToSelf() {
  return [](const Json& object) { return std::vector<ObjectKey>{keyOf(object)}; };
}

KeyMapper mapToLabel(std::string label) {
  return [label = std::move(label)](const Json& object) -> std::vector<ObjectKey> {
    const std::string name = labelOf(object, label);
    if (name.empty()) return {};
    return {ObjectKey{namespaceOf(object), name}};
  };
}

Controller& Controller::reconciles(Informer& informer, Predicate predicate) {
  return watches(informer, mapToSelf(), std::move(predicate));
}

Controller& Controller::owns(Informer& informer, const ResourceKind& ownerKind, Predicate predicate) {
  return watches(informer, mapToOwner(ownerKind), std::move(predicate));
}

}  // namespace windlass::kube
