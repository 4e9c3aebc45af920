#include "vmctl/cli/output.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"

namespace windlass::vm::cli {

using kube::Json;

namespace {

std::string orDash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string readyOf(const Json& vm) {
  const Json* ready = kube::findCondition(vm, "Ready");
  return ready == nullptr ? "-" : kube::stringAt(*ready, "/status", "-");
}

std::vector<std::string> row(const Json& vm, bool withNamespace, kube::TimePoint now) {
  std::vector<std::string> cells;
  if (withNamespace) cells.push_back(kube::namespaceOf(vm));
  const auto created = kube::parseTime(kube::stringAt(vm, "/metadata/creationTimestamp"));
  cells.insert(
      cells.end(),
      {kube::nameOf(vm), kube::stringAt(vm, "/status/phase", "Pending"), readyOf(vm),
       orDash(kube::stringAt(vm, "/status/nodeName")), orDash(kube::stringAt(vm, "/status/podIP")),
       std::to_string(kube::intAt(vm, "/spec/cpu/cores", 1)), kube::stringAt(vm, "/spec/memory"), age(created, now)});
  return cells;
}

void line(std::string& out, const char* name, const std::string& value) {
  if (!value.empty()) out += fmt::format("{:<14} {}\n", std::string(name) + ":", value);
}

void conditionLines(std::string& out, const Json& vm, kube::TimePoint now) {
  const Json* conditions = kube::find(vm, "/status/conditions");
  if (conditions == nullptr || !conditions->is_array() || conditions->empty()) return;
  std::vector<std::vector<std::string>> rows{{"CONDITION", "STATUS", "REASON", "SINCE", "MESSAGE"}};
  for (const auto& condition : *conditions) {
    rows.push_back({kube::stringAt(condition, "/type"), kube::stringAt(condition, "/status"),
                    kube::stringAt(condition, "/reason"),
                    age(kube::parseTime(kube::stringAt(condition, "/lastTransitionTime")), now),
                    kube::stringAt(condition, "/message")});
  }
  out += "\n" + table(rows);
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string out;
  for (const auto& cells : rows) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) text += fmt::format("{:<{}}", cells[i], widths[i] + 3);
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

std::string listTable(const std::vector<Json>& vms, bool allNamespaces, kube::TimePoint now) {
  std::vector<const Json*> sorted;
  for (const auto& vm : vms) sorted.push_back(&vm);
  std::sort(sorted.begin(), sorted.end(),
            [](const Json* a, const Json* b) { return kube::keyOf(*a) < kube::keyOf(*b); });
  std::vector<std::vector<std::string>> rows{{"NAME", "STATUS", "READY", "NODE", "IP", "CPU", "MEMORY", "AGE"}};
  if (allNamespaces) rows.front().insert(rows.front().begin(), "NAMESPACE");
  for (const Json* vm : sorted) rows.push_back(row(*vm, allNamespaces, now));
  return table(rows);
}

std::string statusText(const Json& vm, kube::TimePoint now) {
  std::string out;
  line(out, "Name", kube::keyOf(vm).toString());
  line(out, "Run strategy", kube::stringAt(vm, "/spec/runStrategy", "Always"));
  line(out, "Status", kube::stringAt(vm, "/status/phase", "Pending"));
  line(out, "Message", kube::stringAt(vm, "/status/message"));
  line(out, "Node", kube::stringAt(vm, "/status/nodeName"));
  line(out, "IP", kube::stringAt(vm, "/status/podIP"));
  line(out, "Size",
       fmt::format("{} CPU, {} memory", kube::intAt(vm, "/spec/cpu/cores", 1), kube::stringAt(vm, "/spec/memory")));
  line(out, "Image", kube::stringAt(vm, "/spec/image/reference"));
  line(out, "Accelerator", kube::stringAt(vm, "/status/guest/accelerator"));
  line(out, "MAC", kube::stringAt(vm, "/status/guest/mac"));
  const auto booted = kube::stringAt(vm, "/status/guest/bootedAt");
  if (!booted.empty()) line(out, "Booted", fmt::format("{} ({} ago)", booted, age(kube::parseTime(booted), now)));
  const auto restarts = kube::intAt(vm, "/status/restarts/total");
  if (restarts > 0)
    line(out, "Restarts", fmt::format("{}, last: {}", restarts, kube::stringAt(vm, "/status/restarts/lastReason")));
  conditionLines(out, vm, now);
  return out;
}

std::string asJson(const Json& value) {
  Json shown = value;
  if (shown.contains("metadata")) shown["metadata"].erase("managedFields");
  return shown.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json asList(const std::vector<Json>& vms) {
  Json list{{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  for (const auto& vm : vms) {
    list["items"].push_back(vm);
    list["items"].back()["metadata"].erase("managedFields");
  }
  return list;
}

std::string age(kube::TimePoint since, kube::TimePoint now) {
  using namespace std::chrono;
  if (since == kube::TimePoint{}) return "-";
  const auto seconds = std::max<std::int64_t>(0, duration_cast<std::chrono::seconds>(now - since).count());
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

}  // namespace windlass::vm::cli
