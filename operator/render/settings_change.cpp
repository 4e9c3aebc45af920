#include "operator/render/settings_change.h"

#include "operator/render/render.h"

namespace windlass::ops {
namespace {

kube::Result<std::vector<std::string>> componentsThatDiffer(const Catalog& catalog, const OpenStackCloud& before,
                                                            const OpenStackCloud& after,
                                                            const std::string& imageRegistry) {
  RenderContext context;
  context.imageRegistry = imageRegistry;
  WINDLASS_TRY_ASSIGN(const RenderedCloud old, render(catalog, before, context));
  WINDLASS_TRY_ASSIGN(const RenderedCloud now, render(catalog, after, context));
  std::vector<std::string> out;
  for (const auto& [component, revision] : now.revisions) {
    const auto found = old.revisions.find(component);
    if (found != old.revisions.end() && found->second != revision) out.push_back(component);
  }
  return out;
}

}  // namespace

kube::Result<SettingsChange> settingsChangeOf(const Catalog& catalog, const kube::Json& cloud,
                                              const OpenStackCloud& decoded, const SettingsBook& book,
                                              const std::string& imageRegistry) {
  const OpenStackCloudStatus status = decodeStatus(cloud);
  if (!decoded.spec.changesPlanned || status.settings.empty()) return SettingsChange{};
  const kube::Json wanted = settingsOf(cloud.at("spec"));
  const std::string name = settingsName(decoded.key.name, wanted);
  if (name == status.settings) return SettingsChange{};
  WINDLASS_TRY_ASSIGN(const kube::Json inUse, settingsNamed(book, status.settings));
  SettingsChange change{status.settings, name, status.settingsRevision, settingsDifference(inUse, wanted), {}};
  if (change.lines.empty()) return SettingsChange{};
  if (status.release != decoded.spec.release) return change;
  WINDLASS_TRY_ASSIGN(const Settings settings, decodeSettings(inUse));
  OpenStackCloud before = decoded;
  before.spec = withSettings(std::move(before.spec), settings);
  WINDLASS_TRY_ASSIGN(change.components, componentsThatDiffer(catalog, before, decoded, imageRegistry));
  return change.components.empty() ? SettingsChange{} : change;
}

}  // namespace windlass::ops
