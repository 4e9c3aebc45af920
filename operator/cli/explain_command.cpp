#include "operator/cli/explain_command.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/cli/explain.h"
#include "operator/model/labels.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::Json;

constexpr std::size_t kMaxObjects = 10000;

const kube::ResourceKind* kindNamed(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  static const std::map<std::string, const kube::ResourceKind*> kinds{{"pod", &kube::kinds::Pod},
                                                                      {"po", &kube::kinds::Pod},
                                                                      {"deployment", &kube::kinds::Deployment},
                                                                      {"deploy", &kube::kinds::Deployment},
                                                                      {"statefulset", &kube::kinds::StatefulSet},
                                                                      {"sts", &kube::kinds::StatefulSet},
                                                                      {"daemonset", &kube::kinds::DaemonSet},
                                                                      {"ds", &kube::kinds::DaemonSet},
                                                                      {"job", &kube::kinds::Job}};
  auto found = kinds.find(word);
  if (found == kinds.end() && word.ends_with('s')) found = kinds.find(word.substr(0, word.size() - 1));
  return found == kinds.end() ? nullptr : found->second;
}

// "label=value,…" of those that the object has.
std::string selectorOf(const Json& object, std::initializer_list<std::string_view> labels) {
  std::string selector;
  for (const std::string_view label : labels)
    if (const std::string value = kube::labelOf(object, label); !value.empty())
      selector += fmt::format("{}{}={}", selector.empty() ? "" : ",", label, value);
  return selector;
}

kube::Result<std::vector<Json>> listed(kube::Client& client, const kube::ResourceKind& kind, const std::string& ns,
                                       const std::string& selector) {
  kube::ListOptions options;
  options.ns = ns;
  options.labelSelector = selector;
  auto page = kube::listAll(client, kind, options, kMaxObjects);
  if (!page) return kube::wrap(fmt::format("cannot list {} in {}", kind.plural, ns), std::move(page).error());
  return std::move(page->items);
}

// The pods that its labels select.
kube::Result<std::vector<Json>> podsOf(kube::Client& client, const kube::ResourceKind& kind, const Json& object) {
  if (kind.kind == "Pod") return std::vector<Json>{object};
  std::string selector;
  const Json* labels = kube::find(object, "/spec/selector/matchLabels");
  if (labels == nullptr || !labels->is_object() || labels->empty()) return std::vector<Json>{};
  for (const auto& [label, value] : labels->items())
    selector +=
        fmt::format("{}{}={}", selector.empty() ? "" : ",", label, value.is_string() ? value.get<std::string>() : "");
  return listed(client, kube::kinds::Pod, kube::namespaceOf(object), selector);
}

kube::Result<std::vector<Json>> siblingsOf(kube::Client& client, const kube::ResourceKind& kind, const Json& object) {
  const std::string revision = kube::labelOf(object, kRevisionLabel);
  if (revision.empty()) return std::vector<Json>{};
  const auto& workloads = kind.kind == "Pod" ? kube::kinds::Deployment : kind;
  WINDLASS_TRY_ASSIGN(auto all, listed(client, workloads, kube::namespaceOf(object),
                                       selectorOf(object, {kCloudLabel, kServiceLabel, kComponentLabel})));
  std::erase_if(all, [&](const Json& other) { return kube::labelOf(other, kRevisionLabel) == revision; });
  return all;
}

kube::Result<std::vector<Json>> eventsAbout(kube::Client& client, const ExplainFacts& facts) {
  WINDLASS_TRY_ASSIGN(auto events, listed(client, kube::kinds::Event, kube::namespaceOf(facts.object), ""));
  std::set<std::string> names{kube::nameOf(facts.object)};
  for (const Json& pod : facts.pods) names.insert(kube::nameOf(pod));
  std::erase_if(events, [&](const Json& event) { return !names.contains(kube::stringAt(event, "/regarding/name")); });
  return events;
}

// Those that the object and its siblings mount; one that is gone is left out.
kube::Status takeConfigMaps(kube::Client& client, ExplainFacts& facts) {
  std::vector<const Json*> all{&facts.object};
  for (const Json& sibling : facts.siblings) all.push_back(&sibling);
  for (const Json* object : all) {
    const Json* volumes = kube::find(*object, "/spec/template/spec/volumes");
    if (volumes == nullptr) volumes = kube::find(*object, "/spec/volumes");
    if (volumes == nullptr || !volumes->is_array()) continue;
    for (const Json& volume : *volumes) {
      const std::string name = kube::stringAt(volume, "/configMap/name");
      if (name.empty() || facts.configMaps.contains(name)) continue;
      auto found = client.get(kube::kinds::ConfigMap, {kube::namespaceOf(facts.object), name});
      if (found)
        facts.configMaps[name] = std::move(*found);
      else if (found.error().kind != ErrorKind::NotFound)
        return kube::fail(std::move(found).error());
    }
  }
  return {};
}

}  // namespace

kube::Result<std::string> explainObject(kube::Client& client, const std::string& ns, const std::string& object) {
  const std::size_t slash = object.find('/');
  const kube::ResourceKind* kind = slash == std::string::npos ? nullptr : kindNamed(object.substr(0, slash));
  if (kind == nullptr)
    return kube::fail(ErrorKind::Invalid,
                      fmt::format("cannot explain {}: say pod/NAME, deployment/NAME, statefulset/NAME, "
                                  "daemonset/NAME or job/NAME",
                                  object));
  ExplainFacts facts;
  auto read = client.get(*kind, {ns, object.substr(slash + 1)});
  if (!read) return kube::wrap(fmt::format("cannot read {} in {}", object, ns), std::move(read).error());
  facts.object = std::move(*read);
  WINDLASS_TRY_ASSIGN(facts.pods, podsOf(client, *kind, facts.object));
  WINDLASS_TRY_ASSIGN(facts.siblings, siblingsOf(client, *kind, facts.object));
  WINDLASS_TRY_ASSIGN(facts.events, eventsAbout(client, facts));
  WINDLASS_TRY(takeConfigMaps(client, facts));
  return explain(facts);
}

}  // namespace windlass::ops
