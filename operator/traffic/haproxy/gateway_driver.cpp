#include "operator/traffic/haproxy/gateway_driver.h"

#include <algorithm>
#include <set>

#include "operator/traffic/haproxy/exec_channel.h"
#include "operator/traffic/haproxy/stats.h"
#include "operator/traffic/haproxy/tables.h"

namespace windlass::ops::haproxy {
namespace {

constexpr std::string_view kCanary = "-canary";
// A line longer than HAProxy's buffer (16 KiB) would be refused.
constexpr std::size_t kMaxLine = 8000;

bool startsWith(std::string_view text, std::string_view start) {
  return text.rfind(start, 0) == 0;
}

// Answered 5xx, or never answered: refused, cut off, tried again. Requests in flight are neither.
std::uint64_t errorsOf(const StatRow& row) {
  const std::uint64_t done = row.answers() + row.current;
  const std::uint64_t unanswered = row.sessions > done ? row.sessions - done : 0;
  return row.answers5xx + std::min(row.connectErrors + row.responseErrors + row.retries, unanswered);
}

void addServer(const StatRow& row, ArmCounts& counts, bool& available) {
  counts.requests += row.sessions;
  counts.errors += errorsOf(row);
  available = available || row.isUp();
}

void addTimes(const std::vector<std::uint64_t>& counters, ArmCounts& counts) {
  if (counters.size() < 1 + kLatencyEdges.size()) return;
  counts.timed = counters[0];
  std::copy_n(counters.begin() + 1, kLatencyEdges.size(), counts.slower.begin());
}

using Counters = std::map<std::string, std::vector<std::uint64_t>>;

ApiCounters countersOf(const std::string& api, const std::vector<StatRow>& rows, const Counters& times) {
  ApiCounters out;
  const std::string canary = api + std::string(kCanary);
  for (const StatRow& row : rows) {
    if (row.type != RowType::Server) continue;
    if (row.proxy == api) addServer(row, out.stable, out.stableAvailable);
    if (row.proxy == canary && startsWith(row.server, "canary")) addServer(row, out.canary, out.canaryAvailable);
  }
  if (const auto found = times.find(api); found != times.end()) addTimes(found->second, out.stable);
  if (const auto found = times.find(canary); found != times.end()) addTimes(found->second, out.canary);
  return out;
}

std::set<std::string> apisOf(const std::vector<StatRow>& rows) {
  std::set<std::string> out;
  for (const StatRow& row : rows) {
    if (row.type == RowType::Backend && row.proxy.size() > kCanary.size() && row.proxy.ends_with(kCanary))
      out.insert(row.proxy.substr(0, row.proxy.size() - kCanary.size()));
  }
  return out;
}

std::vector<std::vector<Command>> inLines(const std::vector<Command>& commands) {
  std::vector<std::vector<Command>> out;
  std::size_t length = kMaxLine;
  for (const Command& command : commands) {
    length += command.text().size() + 1;
    if (length > kMaxLine) {
      out.emplace_back();
      length = command.text().size();
    }
    out.back().push_back(command);
  }
  return out;
}

}  // namespace

kube::Result<GatewaySample> readSample(std::string_view info, std::string_view stat, std::string_view table) {
  WINDLASS_TRY_ASSIGN(const ProcessInfo process, parseInfo(info));
  WINDLASS_TRY_ASSIGN(const std::vector<StatRow> rows, parseStats(stat));
  WINDLASS_TRY_ASSIGN(const Counters times, parseCounters(table));
  GatewaySample out;
  out.process = std::to_string(process.pid) + "@" + std::to_string(process.startedAt);
  out.uptimeSeconds = static_cast<double>(process.uptime);
  for (const std::string& api : apisOf(rows)) out.apis[api] = countersOf(api, rows, times);
  return out;
}

kube::Result<std::vector<Command>> commandsFor(const std::string& file, const MapEntries& have,
                                               const MapEntries& want) {
  std::vector<Command> out;
  for (const auto& [key, value] : have) {
    if (want.contains(key)) continue;
    WINDLASS_TRY_ASSIGN(Command command, Command::deleteMap(file, key));
    out.push_back(std::move(command));
  }
  for (const auto& [key, value] : want) {
    const auto found = have.find(key);
    if (found != have.end() && found->second == value) continue;
    WINDLASS_TRY_ASSIGN(Command command,
                        found == have.end() ? Command::addMap(file, key, value) : Command::setMap(file, key, value));
    out.push_back(std::move(command));
  }
  return out;
}

kube::Result<GatewaySample> GatewayDriver::sample() {
  WINDLASS_TRY_ASSIGN(const Command times, Command::showTable("latency"));
  WINDLASS_TRY_ASSIGN(const std::vector<std::string> answers,
                      run(*channel_, {Command::showInfo(), Command::showStat(), times}, limits_));
  return readSample(answers[0], answers[1], answers[2]);
}

kube::Result<int> GatewayDriver::converge(const std::vector<std::string>& apis, const TrafficSplits& splits) {
  const std::map<std::string, MapEntries> wanted = trafficMaps(apis, splits);
  std::vector<Command> questions;
  for (const auto& [name, entries] : wanted) {
    WINDLASS_TRY_ASSIGN(Command question, Command::showMap(folder_ + "/" + name));
    questions.push_back(std::move(question));
  }
  WINDLASS_TRY_ASSIGN(const std::vector<std::string> answers, run(*channel_, questions, limits_));
  std::vector<Command> changes;
  std::size_t index = 0;
  for (const auto& [name, entries] : wanted) {
    WINDLASS_TRY_ASSIGN(const MapEntries have, parseMap(answers[index++]));
    WINDLASS_TRY_ASSIGN(const std::vector<Command> commands, commandsFor(folder_ + "/" + name, have, entries));
    changes.insert(changes.end(), commands.begin(), commands.end());
  }
  for (const std::vector<Command>& line : inLines(changes)) WINDLASS_TRY(run(*channel_, line, limits_));
  return static_cast<int>(changes.size());
}

}  // namespace windlass::ops::haproxy

namespace windlass::ops {

std::unique_ptr<Gateway> makeGateway(kube::RestClient& client, const kube::ObjectKey& pod,
                                     const std::string& trafficFolder) {
  return std::make_unique<haproxy::GatewayDriver>(
      std::make_unique<haproxy::ExecChannel>(client, haproxy::GatewayPod{.pod = pod}), trafficFolder);
}

}  // namespace windlass::ops
