#include "kube/examples/site_controller.h"

#include "kube/runtime/finalizer.h"
#include "kube/runtime/status.h"
#include "kube/runtime/typed.h"

namespace windlass::example {
using namespace kube;  // NOLINT(google-build-using-namespace): an example, read from top to bottom

void addSiteController(Manager& manager, const PageFolder& pages) {
  const ApplyOptions mine{"site-controller", true, false};
  const CounterHandle published = manager.metrics().counter("sites_published_total", "Pages that were written");
  Informer& sites = manager.informer(Site);
  Informer& addresses = manager.informer(kinds::ConfigMap, {.metadataOnly = true});
  Informer& namespaces = manager.informer(kinds::Namespace, {.metadataOnly = true});
  const TypedView<SiteSpec> specs(sites, decodeField<SiteSpec>("/spec"));

  const auto reconcile = [=, &manager, &namespaces](const ObjectKey& key) -> Result<ReconcileOutcome> {
    Client& client = manager.fencedClient();
    WINDLASS_TRY_ASSIGN(const auto site, specs.get(key));
    if (!site) return ReconcileOutcome{};
    const Json& object = *site->raw;
    if (isDeleting(object)) {
      WINDLASS_TRY(pages.remove(key));
      WINDLASS_TRY(dropFinalizer(client, Site, object, kFinalizer));
      return ReconcileOutcome{};
    }
    WINDLASS_TRY(ensureFinalizer(client, Site, object, kFinalizer));  // before the first effect outside of the cluster
    const ObjectPtr ns = namespaces.get({"", key.ns});
    const std::string footer = ns ? annotationOf(*ns, "example.windlass.dev/footer") : "";
    WINDLASS_TRY_ASSIGN(const bool changed, pages.write(key, site->value.text + "\n" + footer));
    if (changed) published.add();
    Json address = newObject(kinds::ConfigMap, key);
    address["data"]["path"] = pages.pathOf(key);
    WINDLASS_TRY(setController(address, object, Site));
    WINDLASS_TRY(client.apply(kinds::ConfigMap, address, mine));
    WINDLASS_TRY(applyCondition(client, Site, object, {"Ready", "True", "Published", "the page is there", 0}, mine));
    if (changed) manager.events().record(Site, object, {EventType::Normal, "Published", "Write", "wrote the page"});
    return ReconcileOutcome{};
  };
  const auto sitesOf = [&sites](const Json& ns) {
    std::vector<ObjectKey> keys;
    for (const ObjectPtr& site : sites.listNamespace(nameOf(ns))) keys.push_back(keyOf(*site));
    return keys;
  };
  manager.controller("site", reconcile)
      .reconciles(sites)
      .owns(addresses, Site)
      .watches(namespaces, sitesOf, specChanged);
}

}  // namespace windlass::example
