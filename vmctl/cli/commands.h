#pragma once
// The commands of vmctl. Each talks to the API server through a Client, writes its answer to `out` and what it waits
// for to `progress`, and returns an exit code. Blocking.
#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "kube/client/client.h"
#include "vmctl/cli/output.h"

namespace windlass::vm::cli {

// Exit codes, also in `vmctl --help`.
inline constexpr int Done = 0;
inline constexpr int Failed = 1;    // the request was refused or the server could not be reached
inline constexpr int Usage = 2;     // the command line is wrong
inline constexpr int TimedOut = 3;  // the request was made, the state waited for did not come in time

struct Request {
  std::string ns;
  std::string name;
  bool allNamespaces = false;
  Format format = Format::Table;
  bool wait = true;
  std::chrono::seconds timeout{300};
};

struct Terminal {
  std::ostream& out;
  std::ostream& progress;
};

int list(kube::Client& client, const Request& request, Terminal terminal);
int status(kube::Client& client, const Request& request, Terminal terminal);
int start(kube::Client& client, const Request& request, Terminal terminal);
int stop(kube::Client& client, const Request& request, Terminal terminal);
int restart(kube::Client& client, const Request& request, Terminal terminal);

// The error in words a person can act on.
std::string explain(const kube::Error& error, const Request& request);

}  // namespace windlass::vm::cli
