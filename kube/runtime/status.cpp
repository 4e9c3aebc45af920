#include "kube/runtime/status.h"

#include "kube/object/meta.h"

namespace windlass::kube {

Result<bool> applyCondition(Client& client, const ResourceKind& kind, const Json& object, Condition condition,
                            const ApplyOptions& options) {
  condition.observedGeneration = generationOf(object);
  const Json* known = find(object, "/status/conditions");
  Json conditions = known && known->is_array() ? *known : Json::array();
  if (!setCondition(conditions, condition, std::chrono::system_clock::now())) return false;
  Json status = newObject(kind, keyOf(object));
  status["status"]["conditions"] = std::move(conditions);
  WINDLASS_TRY(client.apply(kind, status, options, "status"));
  return true;
}

}  // namespace windlass::kube
