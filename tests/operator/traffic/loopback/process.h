#pragma once
// A child process that ends with its owner, and free ports.
#include <string>
#include <vector>

#include <sys/types.h>

namespace windlass::ops::test {

class Process {
 public:
  Process() = default;
  // stdout and stderr go to the file.
  Process(const std::vector<std::string>& command, const std::string& logFile);
  ~Process() { kill(); }
  Process(Process&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void kill();      // SIGKILL, and waits
  bool hasEnded();  // by itself; then it is gone

 private:
  pid_t pid_ = -1;
};

int freePort();
// Until somebody listens on 127.0.0.1:port, at most ten seconds.
bool waitForPort(int port);

}  // namespace windlass::ops::test
