#pragma once
// The answers to "show map", "show table" and "show info". Pure; the text is untrusted.
// Source: HAProxy management guide, 9.3.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/result.h"

namespace windlass::ops::haproxy {

// "0x55d0 key value" a line. A key that is there twice keeps its first value, as lookups do.
kube::Result<std::map<std::string, std::string>> parseMap(std::string_view text);

// The gpc(n) counters of a stick-table with string keys.
kube::Result<std::map<std::string, std::vector<std::uint64_t>>> parseCounters(std::string_view text);

// What tells one HAProxy process from the next: its counters began with it.
struct ProcessInfo {
  std::string version;
  std::uint64_t pid = 0;
  std::uint64_t startedAt = 0;  // Unix seconds
  std::uint64_t uptime = 0;     // seconds
};
kube::Result<ProcessInfo> parseInfo(std::string_view text);

}  // namespace windlass::ops::haproxy
