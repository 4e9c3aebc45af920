#include "vmctl/carrier/record.h"

namespace windlass::vm::carrier {

std::string_view takeWord(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return word;
}

int parseNumber(std::string_view word, int max) {
  if (word.empty() || word.size() > 9) return -1;
  int value = 0;
  for (const char c : word) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value <= max ? value : -1;
}

AgentRecord parseAgentRecord(std::string_view record) {
  const std::string_view verb = takeWord(record);
  if (verb == "hello") {
    const int version = parseNumber(record, 1000);
    return {version > 0 ? AgentVerb::Hello : AgentVerb::Unknown, version, {}};
  }
  if (verb == "starting") return {AgentVerb::Starting, 0, record};
  if (verb == "console") return {AgentVerb::Console, 0, {}};
  if (verb == "running") return {AgentVerb::Running, 0, {}};
  if (verb == "stopped") {
    const int code = parseNumber(takeWord(record), 255);
    return {code >= 0 ? AgentVerb::Stopped : AgentVerb::Unknown, code, record};
  }
  return {};
}

CarrierRecord parseCarrierRecord(std::string_view record) {
  const std::string_view verb = takeWord(record);
  if (verb == "hello") {
    const int version = parseNumber(takeWord(record), 1000);
    const std::string_view state = takeWord(record);
    const bool known = state == "waiting" || state == "running" || state == "terminating";
    return {version > 0 && known ? CarrierVerb::Hello : CarrierVerb::Unknown, version, state,
            takeWord(record) == "console"};
  }
  if (verb == "terminate") {
    const int grace = parseNumber(record, 86400);
    return {grace >= 0 ? CarrierVerb::Terminate : CarrierVerb::Unknown, grace, {}, false};
  }
  return {};
}

}  // namespace windlass::vm::carrier
