#pragma once
// `vmctl console`: the guest's serial console in this terminal. Ctrl-] leaves it.
#include <optional>
#include <string>
#include <string_view>

#include "vmctl/cli/commands.h"

namespace windlass::vm::cli {

// Finds the key that leaves the console in what was typed. Pure.
struct Typed {
  std::string forGuest;  // what came before the key
  bool leave = false;
};
inline constexpr char EscapeKey = 0x1d;  // Ctrl-]
Typed typed(std::string_view bytes);

struct ConsoleOptions {
  std::string kubeconfig;
  std::string context;
  int tail = 20;  // lines of output to begin with
};

// The command that carries the console's bytes: `kubectl attach`, which speaks the API server's streaming protocol.
std::vector<std::string> attachCommand(const Request& request, const ConsoleOptions& options);
std::vector<std::string> tailCommand(const Request& request, const ConsoleOptions& options);

// Blocks until the key is pressed or the guest's pod ends. Puts the terminal into raw mode meanwhile.
int console(kube::Client& client, const Request& request, const ConsoleOptions& options, Terminal terminal);

}  // namespace windlass::vm::cli
