#pragma once
// One request and its whole response on a connection. Internal to the room.
#include <optional>
#include <stop_token>
#include <string>

#include "kube/transport/connection.h"
#include "kube/transport/http.h"

namespace windlass::kube {

struct Call {
  std::string text;  // the whole request
  bool isGet = false;
  TlsContext context;
  std::size_t maxBody = 0;
  SteadyTime deadline;
  std::stop_token stop;
};

struct CallError {
  Error error;
  bool connectionLost = false;  // broke after it was made: a GET may be repeated
};

struct CallOutcome {
  HttpResponse response;
  std::optional<CallError> error;
};

struct Exchange {
  CallOutcome outcome;
  bool unanswered = false;  // the connection broke before a byte of the response
  bool reusable = false;    // another request may follow on the connection
};

Exchange exchange(Connection& connection, const Call& call);

}  // namespace windlass::kube
