#include "operator/cli/explain.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object/meta.h"
#include "operator/model/labels.h"

namespace windlass::ops {
namespace {

using kube::Json;

constexpr std::size_t kMaxChangedLines = 40;
constexpr std::size_t kMaxEvents = 8;

const Json& podTemplateOf(const Json& object) {
  const Json* made = kube::find(object, "/spec/template");
  return made != nullptr ? *made : object;
}

std::string entry(const std::string& title, const std::string& text) {
  return text.empty() ? "" : fmt::format("  {:<14} {}\n", title, text);
}

std::set<std::string> configMapNames(const Json& podTemplate) {
  std::set<std::string> names;
  for (const Json& volume : kube::arrayAt(podTemplate, "/spec/volumes"))
    if (const std::string name = kube::stringAt(volume, "/configMap/name"); !name.empty()) names.insert(name);
  return names;
}

std::set<std::string> secretNames(const Json& podTemplate) {
  std::set<std::string> names;
  for (const Json& volume : kube::arrayAt(podTemplate, "/spec/volumes"))
    if (const std::string name = kube::stringAt(volume, "/secret/secretName"); !name.empty()) names.insert(name);
  for (const Json& container : kube::arrayAt(podTemplate, "/spec/containers")) {
    for (const Json& variable : kube::arrayAt(container, "/env")) {
      const std::string name = kube::stringAt(variable, "/valueFrom/secretKeyRef/name");
      if (!name.empty())
        names.insert(fmt::format("{} ({})", name, kube::stringAt(variable, "/valueFrom/secretKeyRef/key")));
    }
    for (const Json& from : kube::arrayAt(container, "/envFrom"))
      if (const std::string name = kube::stringAt(from, "/secretRef/name"); !name.empty()) names.insert(name);
  }
  return names;
}

std::string titleOf(const Json& object) {
  std::string out = fmt::format("{} {}", kube::kindOf(object), kube::keyOf(object).toString());
  const std::string service = kube::labelOf(object, kServiceLabel), cloud = kube::labelOf(object, kCloudLabel);
  if (service.empty()) return out + ": is no part of a cloud\n";
  out += fmt::format(": {}/{} of cloud {}", service, kube::labelOf(object, kComponentLabel), cloud);
  const auto add = [&](const char* what, std::string_view label) {
    if (const std::string value = kube::labelOf(object, label); !value.empty())
      out += fmt::format(", {} {}", what, value);
  };
  add("release", kReleaseLabel);
  add("settings", kSettingsLabel);
  add("revision", kRevisionLabel);
  add("of run", kRunLabel);
  return out + "\n";
}

// Who wrote which part last, the newest first: hands other than the operator's are named.
std::string changesText(const Json& object) {
  std::vector<std::pair<std::string, std::string>> writers;
  for (const Json& field : kube::arrayAt(object, "/metadata/managedFields")) {
    std::string who = kube::stringAt(field, "/manager");
    if (const std::string part = kube::stringAt(field, "/subresource"); !part.empty()) who += " (" + part + ")";
    writers.emplace_back(kube::stringAt(field, "/time"), who);
  }
  std::sort(writers.rbegin(), writers.rend());
  std::string out = entry("made", kube::stringAt(object, "/metadata/creationTimestamp"));
  for (const auto& [time, who] : writers) out += entry("written", time + " by " + who);
  return out;
}

// name -> lines of all files of the ConfigMaps that a template mounts.
std::map<std::string, std::vector<std::string>> filesOf(const Json& podTemplate,
                                                        const std::map<std::string, Json>& configMaps) {
  std::map<std::string, std::vector<std::string>> files;
  for (const std::string& name : configMapNames(podTemplate)) {
    const auto found = configMaps.find(name);
    const Json* data = found == configMaps.end() ? nullptr : kube::find(found->second, "/data");
    if (data == nullptr || !data->is_object()) continue;
    for (const auto& [file, text] : data->items()) {
      if (!text.is_string()) continue;
      const std::string whole = text.get<std::string>();
      for (std::size_t begin = 0; begin < whole.size();) {
        const std::size_t end = std::min(whole.find('\n', begin), whole.size());
        files[file].push_back(whole.substr(begin, end - begin));
        begin = end + 1;
      }
    }
  }
  return files;
}

// Lines that only one of the two has, as a set: order and repetitions do not matter in a configuration.
std::string changedLines(const std::string& file, const std::vector<std::string>& now,
                         const std::vector<std::string>& before) {
  const std::set<std::string> nowSet(now.begin(), now.end()), beforeSet(before.begin(), before.end());
  std::string out;
  std::size_t count = 0;
  const auto add = [&](const char* sign, const std::vector<std::string>& lines, const std::set<std::string>& other) {
    for (const std::string& one : lines)
      if (!other.contains(one) && ++count <= kMaxChangedLines) out += fmt::format("    {} {}: {}\n", sign, file, one);
  };
  add("-", before, nowSet);
  add("+", now, beforeSet);
  if (count > kMaxChangedLines) out += fmt::format("    … {} more lines of {}\n", count - kMaxChangedLines, file);
  return out;
}

std::string firstContainer(const Json& podTemplate, const char* pointer) {
  const Json& containers = kube::arrayAt(podTemplate, "/spec/containers");
  if (containers.empty()) return "";
  const Json* value = kube::find(containers[0], pointer);
  return value == nullptr ? "" : value->is_string() ? value->get<std::string>() : value->dump();
}

std::string eventsText(std::vector<Json> events) {
  const auto timeOf = [](const Json& event) {
    const std::string series = kube::stringAt(event, "/series/lastObservedTime");
    const std::string once = kube::stringAt(event, "/eventTime");
    if (!series.empty()) return series;
    return once.empty() ? kube::stringAt(event, "/deprecatedLastTimestamp") : once;
  };
  std::sort(events.begin(), events.end(), [&](const Json& a, const Json& b) { return timeOf(a) > timeOf(b); });
  std::string out;
  for (std::size_t i = 0; i < std::min(events.size(), kMaxEvents); ++i)
    out += fmt::format("  {}  {} {}: {}\n", timeOf(events[i]).substr(0, 19), kube::stringAt(events[i], "/reason"),
                       kube::stringAt(events[i], "/regarding/name"), kube::stringAt(events[i], "/note"));
  return out;
}

std::string section(const std::string& title, const std::string& text) {
  return text.empty() ? "" : title + "\n" + text;
}

}  // namespace

std::string inputsText(const Json& podTemplate) {
  std::string out;
  for (const char* group : {"/spec/initContainers", "/spec/containers"})
    for (const Json& container : kube::arrayAt(podTemplate, group))
      out += entry("image", fmt::format("{} (container {})", kube::stringAt(container, "/image"),
                                        kube::stringAt(container, "/name")));
  out += entry("config", fmt::format("{}", fmt::join(configMapNames(podTemplate), ", ")));
  return out + entry("secrets", fmt::format("{}", fmt::join(secretNames(podTemplate), ", ")));
}

std::string differenceText(const Json& now, const Json& other, const std::map<std::string, Json>& configMaps) {
  std::string out;
  for (const char* pointer : {"/image", "/command", "/args", "/resources"}) {
    const std::string mine = firstContainer(now, pointer), theirs = firstContainer(other, pointer);
    if (mine != theirs) out += fmt::format("    {}: {} -> {}\n", pointer + 1, theirs, mine);
  }
  const auto mine = filesOf(now, configMaps), theirs = filesOf(other, configMaps);
  std::set<std::string> names;
  for (const auto* files : {&mine, &theirs})
    for (const auto& [name, lines] : *files) names.insert(name);
  const auto linesOf = [](const auto& files, const std::string& name) {
    const auto found = files.find(name);
    return found == files.end() ? std::vector<std::string>{} : found->second;
  };
  for (const std::string& name : names) out += changedLines(name, linesOf(mine, name), linesOf(theirs, name));
  return out;
}

std::string explain(const ExplainFacts& facts) {
  const Json& now = podTemplateOf(facts.object);
  std::string out = titleOf(facts.object) + section("made of", inputsText(now));
  for (const Json& other : facts.siblings) {
    const std::string difference = differenceText(now, podTemplateOf(other), facts.configMaps);
    out += section(fmt::format("differs from revision {} (release {})", kube::labelOf(other, kRevisionLabel),
                               kube::labelOf(other, kReleaseLabel)),
                   difference.empty() ? "    in what is neither image, arguments nor files\n" : difference);
  }
  out += section("changes", changesText(facts.object));
  std::string restarts;
  for (const Json& pod : facts.pods) restarts += restartText(pod, facts.events);
  out += section("restarts", restarts.empty() ? "  no container has ended\n" : restarts);
  return out + section("events", eventsText(facts.events));
}

}  // namespace windlass::ops
