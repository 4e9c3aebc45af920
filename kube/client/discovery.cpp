#include "kube/client/discovery.h"

#include <algorithm>

#include "kube/client/discovery_fetch.h"

namespace windlass::kube {
namespace {

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return text;
}

bool isCalled(const DiscoveredResource& resource, const std::string& name) {
  if (name.empty()) return false;
  return name == resource.kind.plural || name == resource.singular || name == lowered(resource.kind.kind) ||
         std::find(resource.shortNames.begin(), resource.shortNames.end(), name) != resource.shortNames.end();
}

bool isQualified(const DiscoveredResource& resource, const std::string& suffix) {
  return suffix.empty() || suffix == resource.kind.group ||
         suffix == resource.kind.version + (resource.kind.group.empty() ? "" : "." + resource.kind.group);
}

}  // namespace

const DiscoveredResource* findResource(const std::vector<DiscoveredResource>& all, const std::string& name) {
  const std::size_t dot = name.find('.');
  const std::string first = lowered(name.substr(0, dot));
  const std::string suffix = dot == std::string::npos ? "" : lowered(name.substr(dot + 1));
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& resource) {
    return isCalled(resource, first) && isQualified(resource, suffix);
  });
  return found == all.end() ? nullptr : &*found;
}

Status Discovery::load() {
  WINDLASS_TRY_ASSIGN(resources_, fetchResources(client_));
  loadedAt_ = std::chrono::steady_clock::now();
  return {};
}

template <class Find>
Result<ResourceKind> Discovery::lookUp(const std::string& what, const Find& find) {
  const std::lock_guard lock(mutex_);
  const bool known = loadedAt_.has_value();
  if (!known) WINDLASS_TRY(load());
  const DiscoveredResource* found = find(resources_);
  if (!found && known && std::chrono::steady_clock::now() - *loadedAt_ >= reloadAtMostEvery_) {
    WINDLASS_TRY(load());
    found = find(resources_);
  }
  if (!found) return fail(ErrorKind::NotFound, "the server has no resource " + what);
  return found->kind;
}

Result<ResourceKind> Discovery::byName(const std::string& name) {
  return lookUp("'" + name + "'", [&name](const auto& all) { return findResource(all, name); });
}

Result<ResourceKind> Discovery::byKind(const std::string& group, const std::string& kind) {
  return lookUp(kind + " in group '" + group + "'", [&](const auto& all) -> const DiscoveredResource* {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& resource) {
      return resource.kind.group == group && resource.kind.kind == kind;
    });
    return found == all.end() ? nullptr : &*found;
  });
}

Result<std::vector<DiscoveredResource>> Discovery::all() {
  const std::lock_guard lock(mutex_);
  if (!loadedAt_) WINDLASS_TRY(load());
  return resources_;
}

void Discovery::reset() {
  const std::lock_guard lock(mutex_);
  loadedAt_.reset();
  resources_.clear();
}

}  // namespace windlass::kube
