#include "operator/traffic/haproxy/tables.h"

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {
namespace {

constexpr std::size_t kMaxCounters = 100;  // "The array may have up to 100 elements"

tl::unexpected<kube::Error> badAnswer(const char* command, std::string_view line) {
  return kube::fail(kube::ErrorKind::Decode, std::string(command) + " answered: " + shown(line));
}

kube::Status checkSize(const char* command, std::string_view text, const std::vector<std::string_view>& lines) {
  if (text.size() > kMaxAnswer || lines.size() > kMaxLines)
    return kube::fail(kube::ErrorKind::TooLarge, std::string(command) + ": the answer is too large");
  return {};
}

// "key=identity use=0 exp=0 gpc0=5 gpc1=2": the counters in order.
bool readCounters(const std::vector<std::string_view>& words, std::vector<std::uint64_t>& out) {
  for (const std::string_view word : words) {
    if (word.rfind("gpc", 0) != 0) continue;
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const auto index = unsignedNumber(word.substr(3, equals - 3));
    const auto value = unsignedNumber(word.substr(equals + 1));
    if (!index || !value || *index >= kMaxCounters) return false;
    if (out.size() <= *index) out.resize(*index + 1);
    out[*index] = *value;
  }
  return true;
}

}  // namespace

kube::Result<std::map<std::string, std::string>> parseMap(std::string_view text) {
  const std::vector<std::string_view> lines = linesOf(text);
  WINDLASS_TRY(checkSize("show map", text, lines));
  std::map<std::string, std::string> out;
  for (const std::string_view line : lines) {
    if (line.empty()) continue;
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (line.rfind("0x", 0) != 0 || second == std::string_view::npos) return badAnswer("show map", line);
    out.emplace(line.substr(first + 1, second - first - 1), line.substr(second + 1));
  }
  return out;
}

kube::Result<std::map<std::string, std::vector<std::uint64_t>>> parseCounters(std::string_view text) {
  const std::vector<std::string_view> lines = linesOf(text);
  WINDLASS_TRY(checkSize("show table", text, lines));
  if (lines.empty() || lines[0].rfind("# table:", 0) != 0)
    return badAnswer("show table", lines.empty() ? "nothing" : lines[0]);
  std::map<std::string, std::vector<std::uint64_t>> out;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string_view> words = split(lines[i], ' ');
    if (words.size() < 2 || words[0].rfind("0x", 0) != 0 || words[1].rfind("key=", 0) != 0)
      return badAnswer("show table", lines[i]);
    if (!readCounters(words, out[std::string(words[1].substr(4))])) return badAnswer("show table", lines[i]);
  }
  return out;
}

kube::Result<ProcessInfo> parseInfo(std::string_view text) {
  const std::vector<std::string_view> lines = linesOf(text);
  WINDLASS_TRY(checkSize("show info", text, lines));
  ProcessInfo out;
  bool pid = false, started = false;
  const auto number = [](std::string_view value, std::uint64_t& target) {
    const auto parsed = unsignedNumber(value);
    target = parsed.value_or(0);
    return parsed.has_value();
  };
  for (const std::string_view line : lines) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    if (name == "Version") out.version = value.substr(0, 100);
    if (name == "Pid") pid = number(value, out.pid);
    if (name == "Start_time_sec") started = number(value, out.startedAt);
    if (name == "Uptime_sec") number(value, out.uptime);
  }
  if (!pid || !started) return badAnswer("show info", lines.empty() ? "nothing" : lines[0]);
  return out;
}

}  // namespace windlass::ops::haproxy
