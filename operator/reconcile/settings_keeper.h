#pragma once
// The sets of settings that a cloud with planned changes needs, as ControllerRevisions: what is in use, what an offered
// plan or a run leads to, and one before. Each is stored before anything names it.
#include <set>
#include <string>
#include <vector>

#include "operator/model/settings.h"
#include "operator/reconcile/observe.h"
#include "operator/reconcile/upgrade_course.h"

namespace windlass::ops {

struct KeptSettings {
  std::vector<Json> stored;  // ControllerRevisions of the cloud
  SettingsBook book;         // with the settings of the spec, stored or not
};

// Asks only when changes are planned, or were before.
Result<KeptSettings> readSettings(kube::Client& client, const Json& cloud);

// Stores the settings of this name unless they are; `number` as in settingsRevision().
Status storeSettings(kube::Client& client, const Json& cloud, KeptSettings& kept, const std::string& name,
                     std::int64_t number);

// Pure. Names that the course needs for rendering, and those of the run in work.
std::set<std::string> settingsOf(const Course& course);
// Pure. Names of what may go: all but `needed` and so many of the newest of the rest.
std::vector<std::string> outdatedSettings(const std::vector<Json>& stored, const std::set<std::string>& needed,
                                          std::size_t more);
Status forgetSettings(kube::Client& client, const Json& cloud, const KeptSettings& kept,
                      const std::set<std::string>& needed, std::size_t more);

// Pure. The settings of these names, ready for rendering. Invalid when one is not known, with the ways out.
Result<std::map<std::string, Settings>> settingsFor(const std::set<std::string>& names, const SettingsBook& book);

}  // namespace windlass::ops
