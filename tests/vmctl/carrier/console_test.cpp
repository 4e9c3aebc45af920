#include "vmctl/carrier/console.h"

#include <memory>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace windlass::vm::carrier {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_NONBLOCK), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  std::string read() const {
    std::string out;
    char chunk[4096];
    for (ssize_t n = 0; (n = ::read(ends[0], chunk, sizeof chunk)) > 0;) out.append(chunk, static_cast<std::size_t>(n));
    return out;
  }
  int ends[2] = {-1, -1};
};

std::string drain(Console& console) {
  const Pipe out;
  std::string all;
  while (console.wantsOutput()) {
    EXPECT_TRUE(console.writeOutput(out.ends[1]));
    all += out.read();
  }
  return all;
}

TEST(Console, PassesBytesInOrder) {
  const auto console = std::make_unique<Console>();
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    console->take(line);
    expected += line;
  }
  EXPECT_EQ(drain(*console), expected);
}

TEST(Console, DropsAndSaysHowMuchWhenNobodyReads) {
  const auto console = std::make_unique<Console>();
  for (int i = 0; i < 100; ++i) console->take(std::string(4096, 'x'));
  const std::string first = drain(*console);
  EXPECT_LE(first.size(), ByteQueue::kCapacity + 200);
  EXPECT_NE(first.find("[windlass: 278528 bytes of console output dropped]"), std::string::npos);
  console->take("after");
  EXPECT_EQ(drain(*console), "after");
}

TEST(Console, KeepsItsPlaceWhenTheQueueWraps) {
  const auto queue = std::make_unique<ByteQueue>();
  ASSERT_TRUE(queue->push(std::string(ByteQueue::kCapacity - 10, 'a')));
  queue->pop(ByteQueue::kCapacity - 20);
  ASSERT_TRUE(queue->push(std::string(100, 'b')));
  EXPECT_EQ(queue->data(), std::string(10, 'a') + std::string(100, 'b'));
  EXPECT_FALSE(queue->push(std::string(ByteQueue::kCapacity, 'c')));
}

TEST(Console, ClosesWhenTheGuestsSideIsGone) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const auto console = std::make_unique<Console>();
  console->attach(pair[0]);
  ASSERT_EQ(write(pair[1], "last words", 10), 10);
  close(pair[1]);
  EXPECT_TRUE(console->readGuest());
  EXPECT_FALSE(console->readGuest());
  EXPECT_FALSE(console->attached());
  EXPECT_EQ(drain(*console), "last words");
}

}  // namespace
}  // namespace windlass::vm::carrier
