#include "operator/reconcile/apply.h"

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "kube/runtime/log.h"
#include "operator/model/openstack_cloud.h"
#include "operator/reconcile/compare.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostTolerated = 1000;

bool isOurs(const Json& cloud, const Json& live) {
  if (kube::labelOf(live, kCloudLabel) == kube::nameOf(cloud)) return true;
  const auto controller = kube::controllerOf(live);  // someone took our label away
  return controller && controller->uid == kube::uidOf(cloud);
}

std::string toleratedKey(const Json& live) {
  return kube::uidOf(live) + "/" + kube::annotationOf(live, kAppliedAnnotation);
}

}  // namespace

Json decorate(Json object, const Json& cloud, int stageOrder) {
  Json& meta = object["metadata"];
  meta["namespace"] = kube::namespaceOf(cloud);
  meta["labels"][std::string(kCloudLabel)] = kube::nameOf(cloud);
  meta["annotations"][std::string(kOrderAnnotation)] = std::to_string(stageOrder);
  if (!isKept(object)) {
    // cannot fail: same namespace, and rendering sets no owners
    if (auto owned = kube::setController(object, cloud, kOpenStackCloudKind); !owned) {
      kube::logError("an object gets no owner", {{"object", refOf(object)}, {"error", owned.error().toString()}});
    }
  }
  meta["annotations"][std::string(kAppliedAnnotation)] = textHash(object.dump());
  return object;
}

Result<Applied> Applier::apply(const Json& cloud, const Json& desired, const Json* live) {
  const kube::ResourceKind* kind = ownedKind(kube::kindOf(desired));
  if (kind == nullptr) {
    return kube::fail(
        kube::ErrorKind::Internal,
        fmt::format("{} was rendered, but the operator does not manage objects of this kind", refOf(desired)));
  }
  if (live == nullptr) return create(cloud, *kind, desired);
  if (kube::isDeleting(*live)) {
    return kube::fail(kube::ErrorKind::Conflict, fmt::format("{} is still being deleted", refOf(desired)));
  }
  if (kube::annotationOf(*live, kAppliedAnnotation) != kube::annotationOf(desired, kAppliedAnnotation))
    return send(*kind, desired, ApplyAction::Updated, "");
  const auto field = firstDifference(desired, *live);
  if (!field || toleratedByServer(*live, *field)) return Applied{*live, ApplyAction::Unchanged, ""};
  return send(*kind, desired, ApplyAction::DriftCorrected, *field);
}

Result<Applied> Applier::create(const Json& cloud, const kube::ResourceKind& kind, const Json& desired) {
  WINDLASS_TRY_ASSIGN(const auto there, getIfThere(client_, kind, kube::keyOf(desired)));
  if (!there) return send(kind, desired, ApplyAction::Created, "");
  if (!isOurs(cloud, *there)) {
    return kube::fail(
        kube::ErrorKind::AlreadyExists,
        fmt::format("{} {} exists and does not belong to this cloud: delete it, or give the cloud another "
                    "name or namespace",
                    kind.kind, kube::keyOf(desired).toString()));
  }
  return apply(cloud, desired, &*there);
}

Result<Applied> Applier::send(const kube::ResourceKind& kind, const Json& desired, ApplyAction action,
                              std::string field) {
  auto live = client_.apply(kind, desired, {std::string(kFieldManager), true, false});
  if (!live) return kube::wrap(fmt::format("cannot apply {}", refOf(desired)), live.error());
  if (const auto left = firstDifference(desired, *live)) {
    kube::logWarning("the API server stores a field in another form than it was applied in",
                     {{"object", refOf(desired)}, {"field", *left}});
    const std::lock_guard lock(mutex_);
    if (tolerated_.size() >= kMostTolerated) tolerated_.clear();
    tolerated_[toleratedKey(*live)] = *left;
  }
  return Applied{std::move(*live), action, std::move(field)};
}

bool Applier::toleratedByServer(const Json& live, const std::string& field) const {
  const std::lock_guard lock(mutex_);
  const auto found = tolerated_.find(toleratedKey(live));
  return found != tolerated_.end() && found->second == field;
}

}  // namespace windlass::ops
