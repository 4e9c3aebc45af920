#include "kube/transport/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <string_view>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace windlass::kube {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

std::vector<std::string> environmentOf(const ProcessSpec& spec) {
  std::map<std::string, std::string> merged;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) merged[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : spec.env) merged[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : merged) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Its own process group, so that a plugin's children die with it.
int spawn(const ProcessSpec& spec, int outputFd, pid_t& pid) {
  std::vector<std::string> argv{spec.command};
  argv.insert(argv.end(), spec.args.begin(), spec.args.end());
  std::vector<std::string> env = environmentOf(spec);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, outputFd, STDOUT_FILENO);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const int code =
      posix_spawnp(&pid, spec.command.c_str(), &actions, &attributes, pointersTo(argv).data(), pointersTo(env).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

int remainingMs(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

tl::unexpected<Error> tooSlow(const ProcessSpec& spec) {
  return fail(ErrorKind::Timeout, spec.command + " did not end within " + std::to_string(spec.timeout.count()) + " ms");
}

Result<std::string> readOutput(int fd, const ProcessSpec& spec, SteadyTime deadline) {
  std::string output;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd wanted{fd, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, remainingMs(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail(ErrorKind::Io, std::string("poll: ") + std::strerror(errno));
    if (ready == 0) return tooSlow(spec);
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorKind::Io, std::string("read: ") + std::strerror(errno));
    if (got == 0) return output;
    output.append(buffer.data(), static_cast<std::size_t>(got));
    if (output.size() > spec.maxOutput)
      return fail(ErrorKind::TooLarge,
                  spec.command + " printed more than " + std::to_string(spec.maxOutput) + " bytes");
  }
}

// False when it still runs at the deadline.
bool reap(pid_t pid, int& status, SteadyTime deadline) {
  for (;;) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR)) return true;
    if (remainingMs(deadline) == 0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Result<ProcessResult> runProcess(const ProcessSpec& spec) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail(ErrorKind::Io, std::string("pipe: ") + std::strerror(errno));
  const SteadyTime deadline = std::chrono::steady_clock::now() + spec.timeout;
  pid_t pid = 0;
  const int code = spawn(spec, pipe[1], pid);
  ::close(pipe[1]);
  if (code != 0) {
    ::close(pipe[0]);
    return fail(code == ENOENT ? ErrorKind::Missing : ErrorKind::Io,
                "cannot start " + spec.command + ": " + std::strerror(code));
  }
  auto output = readOutput(pipe[0], spec, deadline);
  ::close(pipe[0]);
  int status = 0;
  const bool ended = output && reap(pid, status, deadline);
  if (!ended) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    return output ? tooSlow(spec) : fail(std::move(output).error());
  }
  const int exitCode = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return ProcessResult{exitCode, std::move(*output)};
}

}  // namespace windlass::kube
