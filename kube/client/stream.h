#pragma once
// Interactive channels into a pod: attach, exec and port-forward over WebSocket (KEP-4006).
// Source: k8s.io/apimachinery pkg/util/remotecommand/constants.go (v5.channel.k8s.io).
//
// Threads: read() from one thread, the writers from one other at the same time; cancel() from any.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/client/rest_client.h"
#include "kube/object/result.h"

namespace windlass::kube {

namespace channel {
inline constexpr std::uint8_t Stdin = 0;
inline constexpr std::uint8_t Stdout = 1;
inline constexpr std::uint8_t Stderr = 2;
inline constexpr std::uint8_t Failure = 3;  // one metav1.Status when the command has ended
inline constexpr std::uint8_t Resize = 4;
}  // namespace channel

struct ChannelData {
  std::uint8_t channel = channel::Stdout;
  std::string bytes;
};

class ByteChannel {
 public:
  virtual ~ByteChannel() = default;
  // The next piece; nullopt when the server has closed; Timeout when nothing came (the channel stays open); Cancelled.
  virtual Result<std::optional<ChannelData>> read(std::chrono::milliseconds wait) = 0;
  virtual Status write(std::uint8_t channel, std::string_view bytes) = 0;
  // No more input: the command sees the end of its stdin.
  virtual Status closeInput() = 0;
  virtual Status resize(int columns, int rows) = 0;
  virtual void cancel() = 0;
};

struct PodStreamOptions {
  std::string container;             // "" = the default one
  std::vector<std::string> command;  // exec only
  bool input = false;
  bool output = true;
  bool errors = true;  // must be false with a tty
  bool tty = false;
};

// "/api/v1/namespaces/ns/pods/name/attach" and the like, through the client's transport.
Result<std::unique_ptr<ByteChannel>> openStream(RestClient& client, const std::string& path, const Query& query);
Result<std::unique_ptr<ByteChannel>> attachToPod(RestClient& client, const ObjectKey& pod,
                                                 const PodStreamOptions& options);
Result<std::unique_ptr<ByteChannel>> execInPod(RestClient& client, const ObjectKey& pod,
                                               const PodStreamOptions& options);
// What the Failure channel said: the exit code, or the error that kept the command from running.
Result<int> exitCodeOf(std::string_view status);

}  // namespace windlass::kube
