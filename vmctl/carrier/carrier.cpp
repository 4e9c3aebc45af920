#include "vmctl/carrier/carrier.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace windlass::vm::carrier {
namespace {

constexpr long kFlushMilliseconds = 2000;

long nowMilliseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000L + time.tv_nsec / 1000000L;
}

bool readyPath(const Options& options, char (&path)[256]) {
  const int length = std::snprintf(path, sizeof path, "%s/%s", options.runDirectory, kReadyName);
  return length > 0 && static_cast<std::size_t>(length) < sizeof path;
}

class Carrier {
 public:
  explicit Carrier(const Options& options) : options_(options) {}

  bool open();
  int loop();

 private:
  enum Slot { kSignals, kListener, kAgent, kGuest, kInput, kOutput, kSlots };

  void arm(pollfd (&fds)[kSlots]) const;
  int pollTimeout() const;
  void dispatch(const pollfd (&fds)[kSlots]);
  void onSignal();
  void onAgent();
  void onRecord(const AgentRecord& record, int descriptor);
  void onConsole(int descriptor);
  void sayHello();
  void markReady() const;
  void finish(int code, std::string_view text);
  void checkDeadline();
  void flush();
  const char* state() const { return terminating_ ? "terminating" : running_ ? "running" : "waiting"; }

  const Options options_;
  Console console_;
  AgentLink link_;
  int signals_ = -1;
  bool inputOpen_ = true;
  bool outputOpen_ = true;
  bool terminating_ = false;
  bool running_ = false;
  long consoleClosedAt_ = -1;  // milliseconds, -1: not closed
  int exitCode_ = -1;          // -1: not decided
};

bool Carrier::open() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  fcntl(options_.output, F_SETFL, fcntl(options_.output, F_GETFL) | O_NONBLOCK);
  char path[256];
  if (readyPath(options_, path)) unlink(path);
  return signals_ >= 0 && link_.listen(options_.runDirectory);
}

void Carrier::arm(pollfd (&fds)[kSlots]) const {
  const auto reading = [](int fd) { return pollfd{fd, POLLIN, 0}; };
  fds[kSignals] = reading(signals_);
  fds[kListener] = reading(link_.listener());
  fds[kAgent] = reading(link_.connection());
  fds[kGuest] = reading(console_.guest());
  if (console_.wantsGuestWrite()) fds[kGuest].events |= POLLOUT;
  fds[kInput] = reading(inputOpen_ && console_.wantsInput() ? options_.input : -1);
  fds[kOutput] = {outputOpen_ && console_.wantsOutput() ? options_.output : -1, POLLOUT, 0};
}

int Carrier::pollTimeout() const {
  return consoleClosedAt_ >= 0 ? 200 : -1;
}

void Carrier::dispatch(const pollfd (&fds)[kSlots]) {
  if (fds[kSignals].revents != 0) onSignal();
  if (fds[kGuest].revents & (POLLIN | POLLHUP | POLLERR)) {
    if (!console_.readGuest()) consoleClosedAt_ = nowMilliseconds();
  }
  if ((fds[kGuest].revents & POLLOUT) && console_.attached()) console_.writeGuest();
  if (fds[kInput].revents != 0) inputOpen_ = console_.readInput(options_.input);
  if (fds[kOutput].revents != 0) outputOpen_ = console_.writeOutput(options_.output);
  if (fds[kAgent].revents != 0) onAgent();
  if (fds[kListener].revents != 0) {
    link_.accept();
    sayHello();
  }
}

void Carrier::onSignal() {
  signalfd_siginfo info{};
  if (read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
  terminating_ = true;
  if (!console_.attached() && consoleClosedAt_ < 0 && !link_.connected()) {
    return finish(kExitClean, "asked to stop before a guest was started");
  }
  char record[32];
  std::snprintf(record, sizeof record, "terminate %d", options_.graceSeconds);
  link_.send(record);
}

void Carrier::sayHello() {
  char record[64];
  std::snprintf(record, sizeof record, "hello %d %s %s", kProtocolVersion, state(),
                console_.attached() ? "console" : "noconsole");
  link_.send(record);
  if (!terminating_) return;
  std::snprintf(record, sizeof record, "terminate %d", options_.graceSeconds);
  link_.send(record);
}

void Carrier::onAgent() {
  const AgentLink::Received received = link_.receive();
  if (received.kind == AgentLink::Received::Kind::Record) onRecord(received.record, received.descriptor);
  // The agent went away before a guest existed, and we are to stop: nobody else will end us in good order.
  if (received.kind == AgentLink::Received::Kind::Closed && terminating_ && !console_.attached() && !running_) {
    finish(kExitClean, "asked to stop before a guest was started");
  }
}

void Carrier::onRecord(const AgentRecord& record, int descriptor) {
  if (record.verb == AgentVerb::Console && descriptor >= 0) return onConsole(descriptor);
  if (descriptor >= 0) close(descriptor);
  if (record.verb == AgentVerb::Starting) console_.note(record.text);
  if (record.verb == AgentVerb::Running) markReady(), running_ = true;
  if (record.verb == AgentVerb::Stopped) finish(record.number, record.text);
}

void Carrier::onConsole(int descriptor) {
  console_.attach(descriptor);
  consoleClosedAt_ = -1;
}

void Carrier::markReady() const {
  char path[256];
  if (!readyPath(options_, path)) return;
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd >= 0) close(fd);
}

void Carrier::finish(int code, std::string_view text) {
  exitCode_ = code;
  const int fd = ::open(options_.terminationLog, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd >= 0) {
    if (write(fd, text.data(), text.size()) < 0) console_.note("cannot write the termination log");
    close(fd);
  }
  console_.note(text);
}

void Carrier::checkDeadline() {
  if (consoleClosedAt_ < 0 || exitCode_ >= 0) return;
  if (nowMilliseconds() - consoleClosedAt_ < options_.explanationSeconds * 1000L) return;
  finish(kExitUnwitnessed, "the guest ended while no agent was there to see how");
}

// What the guest said last must be in the log: its console is read to the end, and stdout gets bounded time to take it.
void Carrier::flush() {
  const long until = nowMilliseconds() + kFlushMilliseconds;
  while (nowMilliseconds() < until && outputOpen_ && (console_.wantsOutput() || console_.attached())) {
    pollfd fds[2] = {{console_.guest(), POLLIN, 0}, {console_.wantsOutput() ? options_.output : -1, POLLOUT, 0}};
    if (poll(fds, 2, 100) < 0 && errno != EINTR) return;
    if (fds[0].revents != 0) console_.readGuest();
    if (fds[1].revents != 0) outputOpen_ = console_.writeOutput(options_.output);
  }
}

int Carrier::loop() {
  while (exitCode_ < 0) {
    pollfd fds[kSlots];
    arm(fds);
    if (poll(fds, kSlots, pollTimeout()) < 0) {
      if (errno == EINTR) continue;
      return kExitUsage;
    }
    dispatch(fds);
    checkDeadline();
  }
  flush();
  return exitCode_;
}

}  // namespace

int run(const Options& options) {
  static Carrier carrier(options);  // static: its buffers are larger than a stack frame should be
  if (!carrier.open()) {
    std::fprintf(stderr, "windlass-vm-carrier: cannot listen in %s: %s; mount an emptyDir there\n",
                 options.runDirectory, std::strerror(errno));
    return kExitUsage;
  }
  return carrier.loop();
}

int ready(const Options& options) {
  char path[256];
  return readyPath(options, path) && access(path, F_OK) == 0 ? 0 : 1;
}

}  // namespace windlass::vm::carrier
