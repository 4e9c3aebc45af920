#pragma once
// Decoding and encoding of the records of protocol.h. Pure; never allocates.
#include <cstddef>
#include <string_view>

#include "vmctl/carrier/protocol.h"

namespace windlass::vm::carrier {

enum class AgentVerb { Hello, Starting, Console, Running, Stopped, Unknown };

// Views point into the record that was parsed.
struct AgentRecord {
  AgentVerb verb = AgentVerb::Unknown;
  int number = 0;         // Hello: version; Stopped: exit code
  std::string_view text;  // Starting, Stopped
};
AgentRecord parseAgentRecord(std::string_view record);

enum class CarrierVerb { Hello, Terminate, Unknown };

struct CarrierRecord {
  CarrierVerb verb = CarrierVerb::Unknown;
  int number = 0;           // Hello: version; Terminate: grace seconds
  std::string_view state;   // Hello: waiting, running, terminating
  bool hasConsole = false;  // Hello
};
CarrierRecord parseCarrierRecord(std::string_view record);

// The next word of `rest`, which loses it and one space.
std::string_view takeWord(std::string_view& rest);
// A decimal number from 0 to `max`, or -1.
int parseNumber(std::string_view word, int max);

}  // namespace windlass::vm::carrier
