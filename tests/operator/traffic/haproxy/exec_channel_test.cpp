// Through pods/exec: a pod that answers, one that fails, one that is cut off.
#include "operator/traffic/haproxy/exec_channel.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windlass::ops::haproxy {
namespace {

using kube::ChannelData;
using testing::ElementsAre;
using testing::HasSubstr;

struct Pod {
  std::deque<ChannelData> output;
  std::string input;
  bool inputClosed = false, cancelled = false;
  kube::PodStreamOptions options;
};

class PlayedChannel : public kube::ByteChannel {
 public:
  explicit PlayedChannel(Pod& pod) : pod_(pod) {}
  kube::Result<std::optional<ChannelData>> read(std::chrono::milliseconds) override {
    if (pod_.output.empty()) return std::nullopt;
    ChannelData next = pod_.output.front();
    pod_.output.pop_front();
    return next;
  }
  kube::Status write(std::uint8_t, std::string_view bytes) override {
    pod_.input += bytes;
    return {};
  }
  kube::Status closeInput() override {
    pod_.inputClosed = true;
    return {};
  }
  kube::Status resize(int, int) override { return {}; }
  void cancel() override { pod_.cancelled = true; }

 private:
  Pod& pod_;
};

kube::Result<std::string> ask(Pod& pod, const Limits& limits = {}) {
  ExecChannel channel(
      [&](const kube::PodStreamOptions& options) -> kube::Result<std::unique_ptr<kube::ByteChannel>> {
        pod.options = options;
        return std::make_unique<PlayedChannel>(pod);
      },
      GatewayPod{.pod = {"openstack", "gateway-1"}});
  return channel.exchange("show info", limits);
}

const ChannelData kSuccess{kube::channel::Failure, R"({"kind":"Status","status":"Success"})"};

TEST(ExecChannel, RunsSocatInTheGatewaysContainer) {
  Pod pod{{{kube::channel::Stdout, "Name: "}, {kube::channel::Stdout, "HAProxy\n\n"}, kSuccess}, "", false, false, {}};
  const auto answer = ask(pod);
  ASSERT_TRUE(answer) << answer.error().toString();
  EXPECT_EQ(*answer, "Name: HAProxy\n\n");
  EXPECT_EQ(pod.input, "show info\n");
  EXPECT_TRUE(pod.inputClosed);
  EXPECT_TRUE(pod.cancelled);
  EXPECT_EQ(pod.options.container, "gateway");
  EXPECT_THAT(pod.options.command, ElementsAre("socat", "-t", "10", "STDIO", "UNIX-CONNECT:/run/haproxy/admin.sock"));
}

TEST(ExecChannel, AFailedCommandIsAnErrorWithItsWords) {
  Pod pod{{{kube::channel::Stderr, "connection refused"},
           {kube::channel::Failure,
            R"({"kind":"Status","status":"Failure","reason":"NonZeroExitCode",
                "details":{"causes":[{"reason":"ExitCode","message":"1"}]}})"}},
          "",
          false,
          false,
          {}};
  const auto answer = ask(pod);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().toString(), HasSubstr("gateway-1"));
  EXPECT_THAT(answer.error().toString(), HasSubstr("socat ended with 1: connection refused"));
}

TEST(ExecChannel, ACutAnswerIsNotTakenForAWholeOne) {
  Pod pod{{{kube::channel::Stdout, "Name: HAProxy\n\n"}}, "", false, false, {}};
  const auto answer = ask(pod);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, kube::ErrorKind::Transport);
}

TEST(ExecChannel, AnEndlessAnswerIsCut) {
  Pod pod{{{kube::channel::Stdout, std::string(1000, 'x')}, {kube::channel::Stdout, std::string(1000, 'x')}},
          "",
          false,
          false,
          {}};
  const auto answer = ask(pod, {std::chrono::seconds(5), 1500});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, kube::ErrorKind::TooLarge);
}

}  // namespace
}  // namespace windlass::ops::haproxy
