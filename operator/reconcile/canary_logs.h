#pragma once
// Log lines as a signal of a canary: which requests wrote an error, counted once however often the log is read. Pure.
//
// What a line says is judged by one expression of the data (upgrades/defaults.yaml, `logs`), and nothing of it is kept
// but the number.
#include <cstdint>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "operator/reconcile/canary_notes.h"
#include "operator/traffic/analysis/window.h"

namespace windlass::ops {

// Of one pod and one look; what is more comes with the next.
constexpr std::size_t kMostLogBytes = 256U * 1024U;

struct LogTally {
  std::set<std::string> requests;  // ids of those that wrote an error
  std::int64_t last = 0;           // time of the newest line; nanoseconds since 1970
  bool isCut = false;              // the log goes on
};

// `text` as Client::readLog gives it; only lines after `after` count, and a line without its end does not yet. `error`
// matches an error from the line's beginning (without the time in front), its first group is the request.
LogTally tallyLog(std::string_view text, const std::regex& error, std::int64_t after);

// A pod of the component, and what reading its log gave; no text where it was not read (its first look sets the mark).
struct PodLog {
  std::string pod, container;
  bool isCanary = false;
  std::optional<kube::Result<std::string>> text;
};

// Those of the component that run: with the label of the canary's revision, or with another. `canary`: its Deployment,
// null. At most kMostPods.
std::vector<PodLog> logsToRead(const std::vector<Json>& pods, const Json& canary, const std::string& component);

// Counts the errors of both sides into `window` and moves the marks. A window in which one log could not be read, or
// not to its end, is no proof: Window::logsRead is false, nothing is counted, and what was not read never is.
// `isBaseline`: the canary gets no requests, so errors there are of what nobody sent (health checks): its log says
// nothing then, in all that follows.
struct LogLook {
  const std::vector<PodLog>& logs;
  const std::regex& error;
  std::int64_t now = 0;  // nanoseconds since 1970
  bool isBaseline = false;
};
void hearLogs(const LogLook& look, LogNotes& notes, Window& window);

}  // namespace windlass::ops
