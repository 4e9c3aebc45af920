#pragma once
// What a test does to its API server from outside (tests/api/control.py).
#include <string>

namespace windlass::kube {

// "kill"; "start" (returns when the server is ready); "stop" and "continue" (SIGSTOP, SIGCONT). "" or what went wrong.
std::string controlServer(const std::string& word);

}  // namespace windlass::kube
