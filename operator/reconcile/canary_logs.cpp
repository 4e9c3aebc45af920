#include "operator/reconcile/canary_logs.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;  // nanoseconds
// A log that is read so far behind speaks of another time than the requests it is compared with.
constexpr std::int64_t kFarBehind = 30 * kSecond;
// The head of a line says all; an expression is not let loose on a dump of megabytes.
constexpr std::size_t kMostOfALine = 512;

// Nanoseconds of RFC 3339, of which the runtime leaves out zeros at the end; nullopt when it is none.
std::optional<std::int64_t> timeOf(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::size_t zone = text.find_first_of("Z+-", dot == std::string_view::npos ? 19 : dot);
  if (zone == std::string_view::npos) return std::nullopt;
  const std::size_t whole = std::min(dot, zone);
  const kube::TimePoint seconds = kube::parseTime(std::string(text.substr(0, whole)) + std::string(text.substr(zone)));
  if (seconds == kube::TimePoint{}) return std::nullopt;
  std::int64_t out = std::chrono::duration_cast<std::chrono::seconds>(seconds.time_since_epoch()).count() * kSecond;
  std::int64_t weight = kSecond / 10;
  for (std::size_t i = whole + 1; i < zone; ++i, weight /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    out += (text[i] - '0') * weight;
  }
  return out;
}

void readLine(std::string_view line, const std::regex& error, std::int64_t after, LogTally& out) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return;
  const auto time = timeOf(line.substr(0, space));
  if (!time || *time <= after) return;
  out.last = std::max(out.last, *time);
  const std::string_view said = line.substr(space + 1, kMostOfALine);
  std::cmatch match;
  const bool isError =
      std::regex_search(said.data(), said.data() + said.size(), match, error, std::regex_constants::match_continuous);
  if (isError && match.size() > 1 && match[1].length() > 0) out.requests.insert(match[1].str());
}

// Reads on from there, or gives up what it cannot catch up with; false when lines were left out.
bool moveMark(const LogTally& tally, std::int64_t now, std::int64_t& mark) {
  const std::int64_t before = mark;
  mark = std::max(mark, tally.last);
  if (!tally.isCut) return true;
  if (mark == before || now - mark > kFarBehind) {
    mark = std::max(mark, now);
    return false;
  }
  return true;
}

class LogHearing {
 public:
  LogHearing(const LogLook& look, LogNotes& notes) : look_(look), before_(notes.marks), notes_(notes) {}

  void hear(Window& window) {
    notes_.marks.clear();
    for (const PodLog& log : look_.logs) hearOne(log);
    if (stable_.pods == 0 || canary_.pods == 0)
      miss(fmt::format("no pod of the {} runs", canary_.pods == 0 ? "canary" : "stable revision"));
    if (look_.isBaseline && !canary_.requests.empty()) notes_.isNoisy = true;
    if (notes_.isNoisy)
      miss("the canary wrote errors before it had a request, so what it writes is not of requests alone");
    notes_.problem = problem_;
    window.logsRead = problem_.empty();
    if (!window.logsRead) return;
    window.canary.counts.logged = canary_.requests.size();
    window.stable.counts.logged = stable_.requests.size();
  }

 private:
  struct Side {
    std::size_t pods = 0;
    std::set<std::string> requests;
  };

  void hearOne(const PodLog& log) {
    Side& side = log.isCanary ? canary_ : stable_;
    ++side.pods;
    const auto known = before_.find(log.pod);
    std::int64_t& mark = notes_.marks[log.pod];
    mark = known == before_.end() ? look_.now : known->second;
    if (!log.text) return;
    if (!*log.text) {
      mark = look_.now;
      return miss(fmt::format("the log of pod {} cannot be read: {}", log.pod, log.text->error().toString()));
    }
    const LogTally tally = tallyLog(**log.text, look_.error, mark);
    side.requests.insert(tally.requests.begin(), tally.requests.end());
    if (!moveMark(tally, look_.now, mark)) miss(fmt::format("pod {} logs more than is read", log.pod));
  }

  void miss(const std::string& why) {
    if (problem_.empty()) problem_ = why;
  }

  const LogLook& look_;
  const LogMarks before_;
  LogNotes& notes_;
  Side canary_, stable_;
  std::string problem_;
};

}  // namespace

std::vector<PodLog> logsToRead(const std::vector<Json>& pods, const Json& canary, const std::string& component) {
  const std::string revision = canary.is_null() ? "" : kube::labelOf(canary, kRevisionLabel);
  std::vector<PodLog> out;
  for (const Json& pod : pods) {
    const bool isOne = componentIdOf(pod) == component && !kube::isDeleting(pod) &&
                       kube::stringAt(pod, "/status/phase") == "Running" && out.size() < kMostPods;
    if (!isOne) continue;
    const bool isCanary = !revision.empty() && kube::labelOf(pod, kRevisionLabel) == revision;
    out.push_back({kube::nameOf(pod), kube::stringAt(pod, "/spec/containers/0/name"), isCanary, std::nullopt});
  }
  return out;
}

LogTally tallyLog(std::string_view text, const std::regex& error, std::int64_t after) {
  LogTally out;
  out.isCut = text.size() >= kMostLogBytes;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    readLine(text.substr(0, end), error, after, out);
    text.remove_prefix(end + 1);
  }
  return out;
}

void hearLogs(const LogLook& look, LogNotes& notes, Window& window) {
  LogHearing(look, notes).hear(window);
}

}  // namespace windlass::ops
