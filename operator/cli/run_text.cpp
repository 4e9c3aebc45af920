#include "operator/cli/run_text.h"

#include <fmt/format.h>

#include "kube/object/meta.h"

namespace windlass::ops {

using kube::Json;

std::string titledLine(const std::string& title, const std::string& text) {
  return text.empty() ? "" : fmt::format("{:<12} {}\n", title, text);
}

std::string actionsText(const Json& run) {
  std::string out;
  for (const Json& action : kube::arrayAt(run, "/status/actions"))
    if (action.is_string()) out += (out.empty() ? "" : ", ") + action.get<std::string>();
  return out;
}

std::string stepsTable(const Json& run) {
  std::string out;
  for (const Json& step : kube::arrayAt(run, "/status/steps")) {
    const auto begun = kube::intAt(step, "/begun"), ended = kube::intAt(step, "/ended");
    const std::string seconds = ended > begun && begun > 0 ? std::to_string(ended - begun) + " s" : "";
    out += fmt::format("  {:<9} {:>2}  {:>7}  {}\n", kube::stringAt(step, "/status"), kube::intAt(step, "/attempt"),
                       seconds, kube::stringAt(step, "/id"));
  }
  return out.empty() ? out : fmt::format("\n  {:<9} {:>2}  {:>7}  {}\n", "STATUS", "#", "TIME", "STEP") + out;
}

namespace {

std::string canaryShare(const Json& canary) {
  const auto basisPoints = kube::intAt(canary, "/basisPoints");
  if (basisPoints > 0) return fmt::format("{} % of requests", static_cast<double>(basisPoints) / 100);
  return kube::find(canary, "/headers") != nullptr || kube::find(canary, "/tenants") != nullptr ? "chosen requests only"
                                                                                                : "no requests";
}

// Bad of all on both sides, the odds, and how sure one is, for each comparison.
std::string findingsTable(const Json& canary) {
  const Json& findings = kube::arrayAt(canary, "/verdict/findings");
  if (findings.empty()) return "";
  std::string out = fmt::format("\n  {:<5} {:>17} {:>17} {:>6}  {:>16}  {}\n", "", "CANARY BAD/ALL", "STABLE BAD/ALL",
                                "ODDS", "E-VALUE", "COMPARISON");
  for (const Json& one : findings) {
    const auto pair = [&](const char* bad, const char* all) {
      return fmt::format("{}/{}", kube::intAt(one, bad), kube::intAt(one, all));
    };
    out += fmt::format(
        "  {:<5} {:>17} {:>17} {:>6}  {:>16}  {}\n", kube::stringAt(one, "/decision"), pair("/bad", "/requests"),
        pair("/againstBad", "/againstRequests"), kube::stringAt(one, "/odds", "-"),
        kube::stringAt(one, "/evidence") + " of " + kube::stringAt(one, "/rejects"), kube::stringAt(one, "/name"));
  }
  return out;
}

}  // namespace

std::string canaryText(const Json& run) {
  const Json* canary = kube::find(run, "/status/canary");
  if (canary == nullptr || kube::stringAt(*canary, "/component").empty()) return "";
  std::string out =
      fmt::format("\ncanary       {}, {}: {}, {} requests in this stage\n", kube::stringAt(*canary, "/stage"),
                  kube::stringAt(*canary, "/phase"), canaryShare(*canary), kube::intAt(*canary, "/verdict/requests"));
  const std::string reason = kube::stringAt(*canary, "/verdict/reason");
  if (!reason.empty()) out += titledLine("verdict", kube::stringAt(*canary, "/verdict/decision") + ": " + reason);
  for (const Json& one : kube::arrayAt(*canary, "/unreached"))
    out += titledLine("not told", kube::stringAt(one, "/pod") + ": " + kube::stringAt(one, "/problem"));
  return out + findingsTable(*canary);
}

}  // namespace windlass::ops
