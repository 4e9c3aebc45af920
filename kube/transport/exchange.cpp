#include "kube/transport/exchange.h"

#include "kube/transport/receive.h"

namespace windlass::kube {
namespace {

// Asking again does not help against bytes that are no response.
CallError callErrorOf(Error error) {
  const bool lost = error.kind == ErrorKind::Transport;
  return {answerError(std::move(error)), lost};
}

}  // namespace

Exchange exchange(Connection& connection, const Call& call) {
  Exchange made;
  HttpResponse& response = made.outcome.response;
  ResponseParser parser({.maxBody = call.maxBody});
  const Status sent = connection.write(call.text, call.deadline);
  // A server that refuses a request before it has read all of it says why, and closes.
  Status got = sent || sent.error().kind == ErrorKind::Transport ? Status() : sent;
  while (got && !parser.isDone()) got = receive(connection, parser, response.body, call.deadline);
  if (parser.isDone()) {
    response.status = parser.head().status;
    response.headers = std::move(parser.head().headers);
    made.reusable = sent && parser.keepsConnection();
    return made;
  }
  made.outcome.error = callErrorOf(sent ? std::move(got).error() : sent.error());
  made.unanswered = made.outcome.error->connectionLost && !parser.hasBegun();
  return made;
}

}  // namespace windlass::kube
