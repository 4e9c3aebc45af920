#include "kube/transport/receive.h"

#include <array>

#include "kube/transport/connection.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kReceiveBytes = 4U << 10U;  // on the stack of every thread that waits for an answer
constexpr std::size_t kMaxErrorBody = 64U << 10U;

}  // namespace

Status receive(Connection& connection, ResponseParser& parser, std::string& body, SteadyTime deadline) {
  std::array<char, kReceiveBytes> bytes;  // not cleared: read() writes what is used
  WINDLASS_TRY_ASSIGN(const std::size_t got, connection.read(bytes, deadline));
  if (got == 0) return parser.finish();
  return parser.feed({bytes.data(), got}, body);
}

Status receiveHead(Connection& connection, ResponseParser& parser, std::string& body, SteadyTime deadline) {
  while (!parser.isHeadDone()) WINDLASS_TRY(receive(connection, parser, body, deadline));
  return {};
}

void receiveErrorBody(Connection& connection, ResponseParser& parser, std::string& body, SteadyTime deadline) {
  while (!parser.isDone() && body.size() < kMaxErrorBody)
    if (!receive(connection, parser, body, deadline)) break;
  if (body.size() > kMaxErrorBody) body.resize(kMaxErrorBody);
}

Error answerError(Error error) {
  if (error.kind == ErrorKind::Decode) error.kind = ErrorKind::Transport;
  if (error.kind == ErrorKind::Timeout) error.message = "the server did not answer in time";
  return error;
}

}  // namespace windlass::kube
