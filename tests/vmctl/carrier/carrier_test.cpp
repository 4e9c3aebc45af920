// The real carrier binary, with this test as its agent and its kubelet.
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmctl/carrier/protocol.h"

namespace windlass::vm::carrier {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string readUntil(int fd, const std::string& wanted) {
  std::string out;
  pollfd ready{fd, POLLIN, 0};
  while (out.find(wanted) == std::string::npos && poll(&ready, 1, 5000) > 0) {
    char chunk[4096];
    const ssize_t count = read(fd, chunk, sizeof chunk);
    if (count <= 0) break;
    out.append(chunk, static_cast<std::size_t>(count));
  }
  return out;
}

class CarrierTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "carrier-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    ASSERT_EQ(pipe2(input_, O_CLOEXEC), 0);
    ASSERT_EQ(pipe2(output_, O_CLOEXEC), 0);
    pid_ = spawn({"--run-dir", directory_, "--termination-log", directory_ + "/log"}, input_[0], output_[1]);
    close(output_[1]);
  }
  void TearDown() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    for (const int fd : {input_[0], input_[1], output_[0]}) close(fd);
    fs::remove_all(directory_);
  }

  static pid_t spawn(const std::vector<std::string>& arguments, int in, int out) {
    std::vector<char*> argv{const_cast<char*>(WINDLASS_CARRIER)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    pid_t pid = -1;
    EXPECT_EQ(posix_spawn(&pid, WINDLASS_CARRIER, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }

  int connectAgent() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (directory_ + "/" + kSocketName).c_str(), sizeof address.sun_path - 1);
    for (int attempt = 0; attempt < 200; ++attempt) {
      const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
      if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
      close(fd);
      std::this_thread::sleep_for(10ms);
    }
    return -1;
  }

  static std::string receive(int agent) {
    char buffer[kMaxRecord];
    pollfd ready{agent, POLLIN, 0};
    if (poll(&ready, 1, 5000) <= 0) return "(nothing)";
    const ssize_t count = recv(agent, buffer, sizeof buffer, 0);
    return count > 0 ? std::string(buffer, static_cast<std::size_t>(count)) : "(closed)";
  }
  static void say(int agent, const std::string& record) {
    ASSERT_GT(send(agent, record.data(), record.size(), MSG_NOSIGNAL), 0);
  }

  // Hands over one end of a socket pair as the guest's serial port and returns the other.
  static int giveConsole(int agent) {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    char record[] = "console";
    iovec part{record, 7};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
    EXPECT_EQ(sendmsg(agent, &message, 0), 7);
    close(pair[0]);
    return pair[1];
  }

  int exitCode() {
    int status = 0;
    for (int attempt = 0; attempt < 500; ++attempt) {
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      }
      std::this_thread::sleep_for(10ms);
    }
    return -1000;
  }
  std::string terminationLog() const {
    std::ifstream in(directory_ + "/log");
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  int probe() const {
    const pid_t pid = spawn({"ready", "--run-dir", directory_}, input_[0], 2);
    int status = 0;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
  }

  std::string directory_;
  int input_[2] = {-1, -1};
  int output_[2] = {-1, -1};
  pid_t pid_ = -1;
};

TEST_F(CarrierTest, ShowsTheGuestsConsoleAndTypesIntoIt) {
  const int agent = connectAgent();
  EXPECT_EQ(receive(agent), "hello 1 waiting noconsole");
  const int guest = giveConsole(agent);
  ASSERT_EQ(write(guest, "login: ", 7), 7);
  EXPECT_EQ(readUntil(output_[0], "login: "), "login: ");
  ASSERT_EQ(write(input_[1], "root\n", 5), 5);
  EXPECT_EQ(readUntil(guest, "\n"), "root\n");
  close(guest);
  close(agent);
}

TEST_F(CarrierTest, KeepsTheConsoleWhileNoAgentIsThere) {
  int agent = connectAgent();
  receive(agent);
  const int guest = giveConsole(agent);
  say(agent, "running");
  say(agent, "starting flushed");
  readUntil(output_[0], "flushed");
  close(agent);
  ASSERT_EQ(write(guest, "alone\n", 6), 6);
  EXPECT_EQ(readUntil(output_[0], "alone\n"), "alone\n");
  agent = connectAgent();
  EXPECT_EQ(receive(agent), "hello 1 running console");
  close(agent);
  close(guest);
}

TEST_F(CarrierTest, IsReadyOnceTheGuestRuns) {
  const int agent = connectAgent();
  receive(agent);
  EXPECT_EQ(probe(), 1);
  say(agent, "running");
  say(agent, "starting flushed");
  readUntil(output_[0], "flushed");
  EXPECT_EQ(probe(), 0);
  close(agent);
}

TEST_F(CarrierTest, EndsAsTheAgentSaysWithTheGuestsLastWordsInTheLog) {
  const int agent = connectAgent();
  receive(agent);
  const int guest = giveConsole(agent);
  ASSERT_EQ(write(guest, "Power down\n", 11), 11);
  close(guest);
  say(agent, "stopped 11 still running after 28 s");
  EXPECT_EQ(exitCode(), kExitForcedOff);
  EXPECT_EQ(terminationLog(), "still running after 28 s");
  EXPECT_NE(readUntil(output_[0], "after 28 s\n").find("Power down\n"), std::string::npos);
  close(agent);
}

TEST_F(CarrierTest, AsksForAShutdownOnSigterm) {
  const int agent = connectAgent();
  receive(agent);
  const int guest = giveConsole(agent);
  say(agent, "running");
  say(agent, "starting flushed");
  readUntil(output_[0], "flushed");
  kill(pid_, SIGTERM);
  EXPECT_EQ(receive(agent), "terminate 30");
  close(agent);
  const int next = connectAgent();
  EXPECT_EQ(receive(next), "hello 1 terminating console") << "an agent that comes later must hear of it too";
  EXPECT_EQ(receive(next), "terminate 30");
  close(next);
  close(guest);
}

TEST_F(CarrierTest, EndsAtOnceWhenNoGuestWasEverStarted) {
  close(connectAgent());
  std::this_thread::sleep_for(50ms);
  kill(pid_, SIGTERM);
  EXPECT_EQ(exitCode(), kExitClean);
}

TEST_F(CarrierTest, SurvivesGarbage) {
  const int agent = connectAgent();
  receive(agent);
  for (const std::string& record :
       {std::string("\0\0", 2), std::string("stopped"), std::string("console"), std::string(1024, 'x')}) {
    say(agent, record);
  }
  say(agent, "starting still here");
  EXPECT_NE(readUntil(output_[0], "still here").find("still here"), std::string::npos);
  close(agent);
}

}  // namespace
}  // namespace windlass::vm::carrier
