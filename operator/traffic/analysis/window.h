#pragma once
// What was seen in one piece of time (seconds long), of both revisions: the input of the analysis. Counts, never rates.
#include <array>
#include <cstdint>

namespace windlass::ops {

// Milliseconds from the head of the request to the head of the answer. Steps of 2 to 2.5, so that a service that became
// three times slower crosses at least one edge with almost all its requests.
inline constexpr std::array<int, 10> kLatencyEdges = {5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

struct ArmCounts {
  std::uint64_t requests = 0;                                // sent to a server of this revision
  std::uint64_t errors = 0;                                  // of these: answered 5xx, cut off, refused
  std::uint64_t timed = 0;                                   // answered, with a known time
  std::array<std::uint64_t, kLatencyEdges.size()> slower{};  // of these: took the edge's time or longer
  std::uint64_t logged = 0;                                  // requests that wrote an error into a log
  ArmCounts& operator+=(const ArmCounts& other);
};

struct ArmHealth {
  std::uint64_t restarts = 0;  // containers that ended by themselves (crash, out of memory), in this window
  std::uint64_t syntheticRuns = 0, syntheticFailures = 0;
  bool available = true;  // at least one server answers health checks
};

struct Arm {
  ArmCounts counts;
  ArmHealth health;
};

struct Window {
  double seconds = 0;
  Arm stable, canary;
  bool logsRead = true;  // of both; else `logged` says nothing
};

}  // namespace windlass::ops
