#include "operator/reconcile/observe.h"

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostObjects = 5000;
constexpr int kMostWarnings = 500;

}  // namespace

const Json* Observed::find(const std::string& ref) const {
  const auto found = objects.find(ref);
  return found == objects.end() ? nullptr : &found->second;
}

Result<std::vector<Json>> listOfCloud(kube::Client& client, const kube::ResourceKind& kind,
                                      const kube::ObjectKey& cloud) {
  kube::ListOptions options;
  options.ns = cloud.ns;
  options.labelSelector = fmt::format("{}={}", kCloudLabel, cloud.name);
  auto page = kube::listAll(client, kind, options, kMostObjects);
  if (!page) return kube::wrap(fmt::format("cannot list {} of cloud {}", kind.plural, cloud.toString()), page.error());
  return std::move(page->items);
}

Result<Observed> observe(kube::Client& client, const kube::ObjectKey& cloud) {
  Observed observed;
  for (const kube::ResourceKind& kind : ownedKinds()) {
    WINDLASS_TRY_ASSIGN(std::vector<Json> items, listOfCloud(client, kind, cloud));
    for (Json& item : items) {
      std::string ref = refOf(item);
      observed.objects.emplace(std::move(ref), std::move(item));
    }
  }
  WINDLASS_TRY_ASSIGN(observed.pods, listOfCloud(client, kube::kinds::Pod, cloud));
  return observed;
}

std::vector<Json> warningsOf(kube::Client& client, const std::string& ns) {
  kube::ListOptions options;
  options.ns = ns;
  options.fieldSelector = "type=Warning";
  options.limit = kMostWarnings;
  auto page = client.list(kube::kinds::Event, options);
  return page ? std::move(page->items) : std::vector<Json>{};
}

Result<std::optional<Json>> getIfThere(kube::Client& client, const kube::ResourceKind& kind,
                                       const kube::ObjectKey& key) {
  auto object = client.get(kind, key);
  if (object) return std::optional<Json>(std::move(*object));
  if (object.error().kind == kube::ErrorKind::NotFound) return std::optional<Json>();
  return kube::wrap(fmt::format("cannot read {} {}", kind.kind, key.toString()), object.error());
}

}  // namespace windlass::ops
