#include "operator/reconcile/settings_keeper.h"

#include <algorithm>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;

bool needsSettings(const Json& cloud) {
  return kube::stringAt(cloud, "/spec/changes") == "Planned" || !decodeStatus(cloud).settings.empty();
}

bool isStored(const KeptSettings& kept, const std::string& name) {
  return std::any_of(kept.stored.begin(), kept.stored.end(),
                     [&](const Json& one) { return kube::nameOf(one) == name; });
}

}  // namespace

Result<KeptSettings> readSettings(kube::Client& client, const Json& cloud) {
  KeptSettings kept;
  if (!needsSettings(cloud)) return kept;
  WINDLASS_TRY_ASSIGN(kept.stored, listOfCloud(client, kinds::ControllerRevision, kube::keyOf(cloud)));
  kept.book = settingsBook(kept.stored, cloud);
  // One of an earlier cloud of the same name is none of ours.
  std::erase_if(kept.stored, [&](const Json& one) {
    const auto controller = kube::controllerOf(one);
    return !controller || controller->uid != kube::uidOf(cloud);
  });
  return kept;
}

Status storeSettings(kube::Client& client, const Json& cloud, KeptSettings& kept, const std::string& name,
                     std::int64_t number) {
  if (isStored(kept, name)) return {};
  WINDLASS_TRY_ASSIGN(const Json settings, settingsNamed(kept.book, name));
  auto made = client.create(kinds::ControllerRevision, settingsRevision(cloud, settings, number));
  if (!made) return kube::wrap("cannot store the settings of services as ControllerRevision " + name, made.error());
  kept.stored.push_back(std::move(*made));
  return {};
}

std::set<std::string> settingsOf(const Course& course) {
  std::set<std::string> names = {course.settings};
  for (const ComponentReleases* some : {&course.components, &course.canaries}) {
    for (const auto& [name, component] : *some) names.insert(component.settings);
  }
  if (course.work) names.insert({course.work->plan.settingsFrom, course.work->plan.settingsTo});
  names.erase("");
  return names;
}

std::vector<std::string> outdatedSettings(const std::vector<Json>& stored, const std::set<std::string>& needed,
                                          std::size_t more) {
  std::vector<std::pair<std::int64_t, std::string>> rest;  // newest first
  for (const Json& one : stored) {
    if (!needed.contains(kube::nameOf(one)) && !kube::isDeleting(one))
      rest.emplace_back(kube::intAt(one, "/revision"), kube::nameOf(one));
  }
  std::sort(rest.rbegin(), rest.rend());
  std::vector<std::string> names;
  for (std::size_t i = more; i < rest.size(); ++i) names.push_back(rest[i].second);
  return names;
}

Status forgetSettings(kube::Client& client, const Json& cloud, const KeptSettings& kept,
                      const std::set<std::string>& needed, std::size_t more) {
  for (const std::string& name : outdatedSettings(kept.stored, needed, more)) {
    WINDLASS_TRY(kube::removeIfThere(client, kinds::ControllerRevision, {kube::namespaceOf(cloud), name}));
  }
  return {};
}

Result<std::map<std::string, Settings>> settingsFor(const std::set<std::string>& names, const SettingsBook& book) {
  std::map<std::string, Settings> out;
  for (const std::string& name : names) {
    WINDLASS_TRY_ASSIGN(const Json settings, settingsNamed(book, name));
    WINDLASS_TRY_ASSIGN(out[name], decodeSettings(settings));
  }
  return out;
}

}  // namespace windlass::ops
