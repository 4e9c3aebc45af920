// The socket with servers that behave and servers that do not.
#include "operator/traffic/haproxy/socket_channel.h"

#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace windlass::ops::haproxy {
namespace {

using testing::HasSubstr;

// Accepts one connection on loopback and does with it what it is told.
class Server {
 public:
  explicit Server(std::function<void(int)> behave) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, behave = std::move(behave)] {
      const int fd = ::accept(listener_, nullptr, nullptr);
      behave(fd);
      ::close(fd);
    });
  }
  ~Server() {
    thread_.join();
    ::close(listener_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int listener_ = -1, port_ = 0;
  std::thread thread_;
};

std::string readLine(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

void write(int fd, const std::string& text) {
  EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

TEST(SocketChannel, SendsALineAndReadsToTheEnd) {
  std::string line;
  Server server([&](int fd) {
    line = readLine(fd);
    write(fd, "first ");
    write(fd, "second\n\n");
  });
  const auto answer = SocketChannel::create(server.address())->exchange("show info", {});
  ASSERT_TRUE(answer) << answer.error().toString();
  EXPECT_EQ(*answer, "first second\n\n");
  EXPECT_EQ(line, "show info");
}

TEST(SocketChannel, ASilentServerIsLeftAtTheDeadline) {
  Server server([](int fd) {
    readLine(fd);
    char c = 0;
    while (::read(fd, &c, 1) == 1) {
    }
  });
  const auto answer = SocketChannel::create(server.address())->exchange("show info", {std::chrono::milliseconds(50)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, kube::ErrorKind::Timeout);
}

TEST(SocketChannel, AnEndlessAnswerIsCut) {
  Server server([](int fd) {
    readLine(fd);
    const std::string much(4096, 'x');
    while (::send(fd, much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  const auto answer =
      SocketChannel::create(server.address())->exchange("show info", {std::chrono::seconds(20), 100000});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, kube::ErrorKind::TooLarge);
}

TEST(SocketChannel, NobodyThereIsUnavailable) {
  const auto answer = SocketChannel::create("/nonexistent/admin.sock")->exchange("show info", {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, kube::ErrorKind::Unavailable);
  EXPECT_THAT(answer.error().toString(), HasSubstr("/nonexistent/admin.sock"));
}

TEST(SocketChannel, OddAddressesAreRefused) {
  for (const char* address : {"", "host:1", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:x"})
    EXPECT_FALSE(SocketChannel::create(address)) << address;
  EXPECT_FALSE(SocketChannel::create("/" + std::string(200, 'a')));
}

}  // namespace
}  // namespace windlass::ops::haproxy
