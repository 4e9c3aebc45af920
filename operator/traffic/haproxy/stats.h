#pragma once
// The answer to "show stat": one row for each frontend, server and backend. Pure; the text is untrusted.
// Source: HAProxy management guide, 9.1 "CSV format" (2.6 to 3.2: columns are found by their names, new ones are passed
// over).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/result.h"

namespace windlass::ops::haproxy {

enum class RowType { Frontend = 0, Backend = 1, Server = 2, Listener = 3 };

struct StatRow {
  std::string proxy, server;  // pxname, svname
  RowType type = RowType::Server;
  std::string status;                // "UP", "DOWN", "MAINT", "no check", "UP 1/2", "DRAIN", ...
  std::uint64_t weight = 0;          // effective
  std::uint64_t current = 0;         // scur: in flight now
  std::uint64_t sessions = 0;        // stot: handed to it since the start, repeats included
  std::uint64_t connectErrors = 0;   // econ
  std::uint64_t responseErrors = 0;  // eresp
  std::uint64_t retries = 0;         // wretr
  std::uint64_t answers2xx = 0, answers3xx = 0, answers4xx = 0, answers5xx = 0, answersOther = 0;  // other: 1xx too

  // Answers health checks, or has none.
  bool isUp() const;
  std::uint64_t answers() const;
};

kube::Result<std::vector<StatRow>> parseStats(std::string_view csv);

}  // namespace windlass::ops::haproxy
