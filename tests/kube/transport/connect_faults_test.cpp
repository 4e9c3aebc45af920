// Getting to the server, when that is slow or impossible.
#include <thread>

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/resolver.h"
#include "kube/transport/transport.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

Endpoint endpointAt(const std::string& server) {
  Endpoint endpoint;
  endpoint.server = server;
  return endpoint;
}

TEST(ConnectFaults, ANameThatDoesNotExistIsUnavailable) {
  HttpRequest request;
  request.target = "/";
  const auto response = makeTransport(endpointAt("http://no.such.name.invalid:80"), "t").value()->call(request);
  ASSERT_FALSE(response.has_value());
  EXPECT_TRUE(response.error().kind == ErrorKind::Unavailable || response.error().kind == ErrorKind::Timeout);
  EXPECT_NE(response.error().message.find("no.such.name.invalid"), std::string::npos) << response.error().message;
}

TEST(ConnectFaults, ANameIsResolvedAndItsAddressesAreTriedInTurn) {
  const ByteServer server([](ServerConnection& connection) {
    while (!connection.readRequest().empty()) connection.respond("200 OK", "hi");
  });
  // Where localhost is ::1 first, nobody listens there.
  const std::string port = server.url().substr(server.url().rfind(':'));
  HttpRequest request;
  request.target = "/";
  const auto response = makeTransport(endpointAt("http://localhost" + port), "t").value()->call(request);
  ASSERT_TRUE(response.has_value()) << response.error().toString();
  EXPECT_EQ(response->body, "hi");
}

TEST(ConnectFaults, AnAddressNeedsNoLookup) {
  const Waker waker;
  const auto found = resolve("::1", "443", SteadyTime(), waker);
  ASSERT_TRUE(found.has_value()) << found.error().toString();
  EXPECT_EQ(found->front().storage.ss_family, AF_INET6);
}

TEST(ConnectFaults, ACancelledLookupEndsAtOnce) {
  Waker waker;
  waker.wake(Waker::Reason::Cancelled);
  const auto found = resolve("no.such.name.invalid", "443", steady_clock::now() + seconds(30), waker);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().kind, ErrorKind::Cancelled);
}

// The handshake never ends: what waits there has the request's deadline, and ends when it is asked to.
class SilentServer : public testing::Test {
 protected:
  static Result<HttpResponse> callTo(const ByteServer& server, milliseconds timeout, std::stop_token stop) {
    Endpoint endpoint = endpointAt("https" + server.url().substr(4));
    endpoint.insecureSkipVerify = true;
    HttpRequest request;
    request.target = "/";
    request.timeout = timeout;
    request.stop = std::move(stop);
    return makeTransport(endpoint, "t").value()->call(request);
  }
  ByteServer server_{[](ServerConnection& connection) {
    while (!connection.readSome().empty()) continue;
  }};
};

TEST_F(SilentServer, ATlsHandshakeHasTheDeadlineOfItsRequest) {
  const auto response = callTo(server_, milliseconds(200), {});
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Timeout);
}

TEST_F(SilentServer, ARequestThatIsStoppedWhileConnectingEndsAtOnce) {
  std::stop_source stop;
  std::thread stopper([&] {
    while (server_.openConnections() == 0) std::this_thread::sleep_for(milliseconds(1));
    stop.request_stop();
  });
  const auto response = callTo(server_, seconds(600), stop.get_token());
  stopper.join();
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Cancelled);
}

}  // namespace
}  // namespace windlass::kube
