#include "vmctl/cli/console.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ostream>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "vmctl/model/virtual_machine.h"

extern char** environ;

namespace windlass::vm::cli {

namespace {

// The terminal as it was comes back whatever happens.
class RawTerminal {
 public:
  RawTerminal() {
    if (isatty(STDIN_FILENO) == 0 || tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST;  // what vmctl and kubectl say themselves ends lines with "\n" alone
    changed_ = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  ~RawTerminal() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

std::vector<std::string> kubectl(const Request& request, const ConsoleOptions& options) {
  std::vector<std::string> command{"kubectl", "--namespace", request.ns};
  if (!options.kubeconfig.empty()) command.insert(command.end(), {"--kubeconfig", options.kubeconfig});
  if (!options.context.empty()) command.insert(command.end(), {"--context", options.context});
  return command;
}

// Starts a program with `input` as its standard input; returns its pid, or an error that names the remedy.
kube::Result<pid_t> spawn(const std::vector<std::string>& command, int input) {
  std::vector<char*> arguments;
  for (const auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input >= 0) posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return kube::fail(
        kube::ErrorKind::Missing,
        fmt::format("cannot run kubectl, which carries the console: {}; put it into PATH", std::strerror(error)));
  }
  return pid;
}

bool writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Carries keys from the terminal to `guest` until the escape key (true) or the end of the attachment (false).
bool carryKeys(pid_t attachment, int guest) {
  std::array<char, 4096> buffer{};
  bool open = true;
  for (;;) {
    pollfd keys{open ? STDIN_FILENO : -1, POLLIN, 0};
    const int ready = ::poll(&keys, 1, 200);
    if (waitpid(attachment, nullptr, WNOHANG) == attachment) return false;
    if (ready <= 0 || (keys.revents & (POLLIN | POLLHUP)) == 0) continue;
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
      open = false;  // a script's input has ended; go on showing what the guest says
      continue;
    }
    const auto keysNow = typed({buffer.data(), static_cast<std::size_t>(got)});
    if (!writeAll(guest, keysNow.forGuest)) open = false;
    if (keysNow.leave) return true;
  }
}

void end(pid_t process) {
  ::kill(process, SIGTERM);
  ::waitpid(process, nullptr, 0);
}

kube::Result<bool> attach(const Request& request, const ConsoleOptions& options) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return kube::fail(kube::ErrorKind::Io, "cannot make a pipe");
  std::signal(SIGPIPE, SIG_IGN);
  const auto attachment = spawn(attachCommand(request, options), pipe[0]);
  ::close(pipe[0]);
  if (!attachment) {
    ::close(pipe[1]);
    return kube::fail(attachment.error());
  }
  const RawTerminal raw;
  const bool left = carryKeys(*attachment, pipe[1]);
  ::close(pipe[1]);
  if (left) end(*attachment);
  return left;
}

}  // namespace

Typed typed(std::string_view bytes) {
  const auto at = bytes.find(EscapeKey);
  if (at == std::string_view::npos) return {std::string(bytes), false};
  return {std::string(bytes.substr(0, at)), true};
}

std::vector<std::string> attachCommand(const Request& request, const ConsoleOptions& options) {
  auto command = kubectl(request, options);
  command.insert(command.end(),
                 {"attach", "--stdin", "--quiet", "--container", std::string(CarrierContainer), request.name});
  return command;
}

std::vector<std::string> tailCommand(const Request& request, const ConsoleOptions& options) {
  auto command = kubectl(request, options);
  command.insert(command.end(), {"logs", "--tail", std::to_string(options.tail), "--container",
                                 std::string(CarrierContainer), request.name});
  return command;
}

int console(kube::Client& client, const Request& request, const ConsoleOptions& options, Terminal terminal) {
  const auto complain = [&](const std::string& what) {
    terminal.progress << "vmctl: " << what << std::endl;
    return Failed;
  };
  const auto vm = client.get(VirtualMachineKind, {request.ns, request.name});
  if (!vm) return complain(explain(vm.error(), request));
  const auto pod = client.get(kube::kinds::Pod, {request.ns, request.name});
  if (!pod || kube::stringAt(*pod, "/status/phase") != "Running") {
    return complain(fmt::format("'{}' has no console now, it is {}; 'vmctl status {}' says why", request.name,
                                kube::stringAt(*vm, "/status/phase", "Pending"), request.name));
  }
  terminal.progress << "console of " << request.name << ", Ctrl-] leaves it" << std::endl;
  if (const auto tail = spawn(tailCommand(request, options), -1)) {
    ::waitpid(*tail, nullptr, 0);
  } else {
    return complain(tail.error().message);
  }
  const auto left = attach(request, options);
  if (!left) return complain(left.error().message);
  terminal.progress << (*left ? "\nleft the console" : "\nthe console ended") << std::endl;
  return Done;
}

}  // namespace windlass::vm::cli
