#include "operator/traffic/haproxy/exec_channel.h"

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {
namespace {

using Clock = std::chrono::steady_clock;
using kube::ErrorKind;

constexpr std::size_t kMaxErrors = 2000;

// The command's output until it has ended.
class Output {
 public:
  explicit Output(std::size_t maxAnswer) : maxAnswer_(maxAnswer) {}

  kube::Status take(const kube::ChannelData& data) {
    if (data.channel == kube::channel::Stdout) {
      if (text_.size() + data.bytes.size() > maxAnswer_)
        return kube::fail(ErrorKind::TooLarge, "HAProxy's answer is too large");
      text_ += data.bytes;
    } else if (data.channel == kube::channel::Stderr) {
      errors_ += data.bytes.substr(0, kMaxErrors - std::min(kMaxErrors, errors_.size()));
    } else if (data.channel == kube::channel::Failure) {
      WINDLASS_TRY_ASSIGN(const int code, kube::exitCodeOf(data.bytes));
      if (code != 0)
        return kube::fail(ErrorKind::Unavailable, "socat ended with " + std::to_string(code) + ": " + shown(errors_));
      ended_ = true;
    }
    return {};
  }

  bool ended() const { return ended_; }
  std::string take() { return std::move(text_); }

 private:
  std::size_t maxAnswer_;
  std::string text_, errors_;
  bool ended_ = false;
};

kube::Result<std::string> readAll(kube::ByteChannel& channel, const Limits& limits, Clock::time_point deadline) {
  Output output(limits.maxAnswer);
  while (!output.ended()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return kube::fail(ErrorKind::Timeout, "HAProxy did not answer in time");
    WINDLASS_TRY_ASSIGN(const std::optional<kube::ChannelData> data, channel.read(left));
    // Without the status that says how the command ended, the answer may be cut.
    if (!data) return kube::fail(ErrorKind::Transport, "the connection ended before the command did");
    WINDLASS_TRY(output.take(*data));
  }
  return output.take();
}

}  // namespace

ExecChannel::ExecChannel(kube::RestClient& client, GatewayPod pod) : pod_(std::move(pod)) {
  open_ = [&client, key = pod_.pod](const kube::PodStreamOptions& options) {
    return kube::execInPod(client, key, options);
  };
}

kube::Result<std::string> ExecChannel::exchange(std::string_view line, const Limits& limits) {
  const Clock::time_point deadline = Clock::now() + limits.timeout;
  const std::string where = "gateway pod " + pod_.pod.name;
  kube::PodStreamOptions options;
  options.container = pod_.container;
  // -t: how long it waits for the other direction after one has ended, here the answer after the command.
  options.command = {"socat", "-t", "10", "STDIO", "UNIX-CONNECT:" + pod_.socket};
  options.input = true;
  auto channel = open_(options);
  if (!channel) return kube::wrap(where, channel.error());
  kube::Status sent = (*channel)->write(kube::channel::Stdin, std::string(line) + "\n");
  if (sent) sent = (*channel)->closeInput();
  if (!sent) return kube::wrap(where, sent.error());
  auto answer = readAll(**channel, limits, deadline);
  (*channel)->cancel();
  if (!answer) return kube::wrap(where, answer.error());
  return answer;
}

}  // namespace windlass::ops::haproxy
