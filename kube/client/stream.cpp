#include "kube/client/stream.h"

#include <charconv>
#include <mutex>

#include "kube/client/api_error.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/object/parse.h"
#include "kube/transport/websocket.h"

namespace windlass::kube {
namespace {

constexpr const char* kProtocol = "v5.channel.k8s.io";
constexpr std::uint8_t kCloseChannel = 255;
constexpr std::size_t kMaxWrite = 32U << 10U;

class WebSocketChannel : public ByteChannel {
 public:
  WebSocketChannel(std::unique_ptr<RawConnection> connection, std::string_view received)
      : connection_(std::move(connection)) {
    decoder_.feed(received);
  }

  Result<std::optional<ChannelData>> read(std::chrono::milliseconds wait) override;
  Status write(std::uint8_t number, std::string_view bytes) override;
  Status closeInput() override {
    return send(WebSocketOpcode::Binary,
                std::string{static_cast<char>(kCloseChannel), static_cast<char>(channel::Stdin)});
  }
  Status resize(int columns, int rows) override {
    return write(channel::Resize, Json{{"Width", columns}, {"Height", rows}}.dump());
  }
  void cancel() override { connection_->cancel(); }

 private:
  Status send(WebSocketOpcode opcode, std::string_view payload) {
    const std::string frame = encodeWebSocketFrame(opcode, payload, newWebSocketMask());
    const std::lock_guard lock(writeMutex_);  // pongs are sent by the reading thread
    return connection_->write(frame);
  }

  std::unique_ptr<RawConnection> connection_;
  WebSocketDecoder decoder_;
  std::mutex writeMutex_;
};

Result<std::optional<ChannelData>> WebSocketChannel::read(std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    WINDLASS_TRY_ASSIGN(auto message, decoder_.next());
    if (!message) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      WINDLASS_TRY_ASSIGN(const auto bytes, connection_->read(std::max(left, std::chrono::milliseconds{0})));
      if (!bytes) return std::optional<ChannelData>();
      decoder_.feed(*bytes);
    } else if (message->opcode == WebSocketOpcode::Close) {
      static_cast<void>(send(WebSocketOpcode::Close, message->payload));
      return std::optional<ChannelData>();
    } else if (message->opcode == WebSocketOpcode::Ping) {
      WINDLASS_TRY(send(WebSocketOpcode::Pong, message->payload));
    } else if (message->opcode == WebSocketOpcode::Binary && message->payload.size() > 1) {
      // A message of the channel's number alone is how the server announces a channel.
      return ChannelData{static_cast<std::uint8_t>(message->payload[0]), message->payload.substr(1)};
    }
  }
}

Status WebSocketChannel::write(std::uint8_t number, std::string_view bytes) {
  while (!bytes.empty()) {
    std::string payload(1, static_cast<char>(number));
    payload += bytes.substr(0, kMaxWrite);
    WINDLASS_TRY(send(WebSocketOpcode::Binary, payload));
    bytes.remove_prefix(std::min(kMaxWrite, bytes.size()));
  }
  return {};
}

Query podStreamQuery(const PodStreamOptions& options) {
  const auto flag = [](bool on) { return on ? "true" : "false"; };
  Query query{{"container", options.container},
              {"stdin", flag(options.input)},
              {"stdout", flag(options.output)},
              {"stderr", flag(options.errors && !options.tty)},
              {"tty", flag(options.tty)}};
  for (const std::string& word : options.command) query.emplace_back("command", word);
  return query;
}

Result<std::unique_ptr<ByteChannel>> openPodStream(RestClient& client, const ObjectKey& pod,
                                                   const PodStreamOptions& options, const char* subresource) {
  WINDLASS_TRY_ASSIGN(const std::string path, objectPath(kinds::Pod, pod, subresource));
  return openStream(client, path, podStreamQuery(options));
}

Status checkUpgrade(const std::string& what, const HttpUpgrade& upgrade, const std::string& key) {
  if (!upgrade.connection) return fail(errorFromResponse(what, upgrade.head, std::chrono::system_clock::now()));
  if (upgrade.head.header("sec-websocket-accept") != webSocketAccept(key))
    return fail(ErrorKind::Decode, what + ": the answer does not belong to our WebSocket handshake");
  if (upgrade.head.header("sec-websocket-protocol") != kProtocol)
    return fail(ErrorKind::Decode,
                what + ": the server does not speak " + kProtocol + "; it must be Kubernetes 1.30 or newer");
  return {};
}

}  // namespace

Result<std::unique_ptr<ByteChannel>> openStream(RestClient& client, const std::string& path, const Query& query) {
  const std::string what = "open " + path;
  const std::string key = newWebSocketKey();
  HttpRequest request;
  request.target = withQuery(path, query);
  request.headers = {{"Connection", "Upgrade"},
                     {"Upgrade", "websocket"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", key},
                     {"Sec-WebSocket-Protocol", kProtocol}};
  auto upgrade = client.transport().upgrade(request);
  if (!upgrade) return wrap(what, std::move(upgrade).error());
  WINDLASS_TRY(checkUpgrade(what, *upgrade, key));
  return std::make_unique<WebSocketChannel>(std::move(upgrade->connection), upgrade->received);
}

Result<std::unique_ptr<ByteChannel>> attachToPod(RestClient& client, const ObjectKey& pod,
                                                 const PodStreamOptions& options) {
  return openPodStream(client, pod, options, "attach");
}

Result<std::unique_ptr<ByteChannel>> execInPod(RestClient& client, const ObjectKey& pod,
                                               const PodStreamOptions& options) {
  return openPodStream(client, pod, options, "exec");
}

Result<int> exitCodeOf(std::string_view status) {
  const auto parsed = parseJson(status);
  const Json& body = parsed ? *parsed : Json();
  if (!parsed) return fail(ErrorKind::Decode, "the end of the command was reported with no Status");
  if (stringAt(body, "/status") == "Success") return 0;
  if (const Json* causes = find(body, "/details/causes"); causes && causes->is_array())
    for (const Json& cause : *causes) {
      const std::string text = stringAt(cause, "/message");
      int code = 0;
      if (stringAt(cause, "/reason") == "ExitCode" &&
          std::from_chars(text.data(), text.data() + text.size(), code).ec == std::errc())
        return code;
    }
  return fail(errorFromStatus(body, 0));
}

}  // namespace windlass::kube
