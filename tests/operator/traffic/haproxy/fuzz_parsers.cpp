// All parsers on one input, as libFuzzer wants it:
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/operator/traffic/haproxy/fuzz_parsers.cpp
//     operator/traffic/haproxy/{text,stats,servers_state,tables,runtime,commands}.cpp kube/object/result.cpp -o
//     /tmp/fuzz
// hostile_test.cpp calls it with seeded mutations of real answers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "operator/traffic/haproxy/commands.h"
#include "operator/traffic/haproxy/runtime.h"
#include "operator/traffic/haproxy/servers_state.h"
#include "operator/traffic/haproxy/stats.h"
#include "operator/traffic/haproxy/tables.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace windlass::ops::haproxy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parseStats(text));
  static_cast<void>(parseServersState(text));
  static_cast<void>(parseMap(text));
  static_cast<void>(parseCounters(text));
  static_cast<void>(parseInfo(text));
  static_cast<void>(splitAnswers(text, 3));
  // Whatever is accepted as a command is one line with one command.
  if (const auto command = Command::addMap("/maps/a.map", text, "1")) {
    if (command->text().find_first_of(";\n\\") != std::string::npos) std::abort();
  }
  return 0;
}
