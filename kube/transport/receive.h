#pragma once
// A connection's bytes into a response. Internal to the room.
#include <string>

#include "kube/transport/response_parser.h"
#include "kube/transport/waker.h"

namespace windlass::kube {

class Connection;

// Waits for bytes and parses them once: body bytes are appended to `body`. Timeout leaves both usable. Transport: the
// connection broke or ended too early; Decode, TooLarge: what came is no response, or too much of it.
Status receive(Connection& connection, ResponseParser& parser, std::string& body, SteadyTime deadline);
// Until the head is there.
Status receiveHead(Connection& connection, ResponseParser& parser, std::string& body, SteadyTime deadline);
// The rest of an error's body, as far as it comes and fits.
void receiveErrorBody(Connection& connection, ResponseParser& parser, std::string& body, SteadyTime deadline);

// An error of sending or receiving, as the caller of the request is to see it: bytes that are no response are to a
// caller what a broken connection is.
Error answerError(Error error);

}  // namespace windlass::kube
