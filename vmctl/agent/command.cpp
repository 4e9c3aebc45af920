#include "vmctl/agent/command.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include "vmctl/agent/fd.h"
#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Status;

namespace {

constexpr std::size_t kMaxOutput = 2000;

// Reads until end of file or `until`; keeps the last kMaxOutput bytes. False: time is up.
bool drain(const Fd& from, std::chrono::steady_clock::time_point until, std::string& output) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ready{from.get(), POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
    char chunk[4096];
    const ssize_t count = read(from.get(), chunk, sizeof chunk);
    if (count <= 0) return true;
    output.append(chunk, static_cast<std::size_t>(count));
    if (output.size() > kMaxOutput) output.erase(0, output.size() - kMaxOutput);
  }
}

}  // namespace

Status runCommand(const std::vector<std::string>& arguments, std::chrono::milliseconds timeout) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errnoError("cannot make a pipe");
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), 2);
  pid_t pid = -1;
  const int spawned = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  writing.reset();
  if (spawned != 0) {
    return fail(ErrorKind::Internal,
                "cannot run " + arguments[0] + ": " + std::strerror(spawned) + "; is its package installed?");
  }
  std::string output;
  const bool inTime = drain(reading, std::chrono::steady_clock::now() + timeout, output);
  if (!inTime) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!inTime) return fail(ErrorKind::Timeout, arguments[0] + " did not end in time");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::Io, arguments[0] + " failed: " + output);
}

}  // namespace windlass::vm
