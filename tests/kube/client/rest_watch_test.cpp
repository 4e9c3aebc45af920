// A watch over a real socket that misbehaves.
#include <future>

#include <gtest/gtest.h>

#include "kube/client/rest_client.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/transport/transport.h"
#include "tests/kube/transport/byte_server.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string event(const std::string& name, std::size_t padding = 0) {
  return Json{{"type", "ADDED"}, {"object", {{"metadata", {{"name", name}}}, {"pad", std::string(padding, 'x')}}}}
             .dump() +
         "\n";
}

std::unique_ptr<WatchStream> watchOn(const ByteServer& server, seconds timeout = seconds(60)) {
  Endpoint endpoint;
  endpoint.server = server.url();
  RestClient client(makeTransport(endpoint, "t").value(), {});
  WatchOptions options;
  options.timeout = timeout;
  return client.watch(kinds::Pod, options).value();
}

TEST(RestWatch, F08_AnEventSplitOverChunksAndManyInOneChunkArriveWhole) {
  const ByteServer server([&](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    const std::string one = event("split");
    for (const char c : one) connection.sendChunk({&c, 1});
    connection.sendChunk(event("b") + event("c") + event("big", 1500000));
    connection.endChunks();
  });
  const auto watch = watchOn(server);
  for (const std::string name : {"split", "b", "c", "big"}) {
    const auto next = watch->next(seconds(30));
    ASSERT_TRUE(next.has_value() && next->has_value()) << name;
    EXPECT_EQ(nameOf((*next)->object), name);
  }
  EXPECT_FALSE(watch->next(seconds(30)).value().has_value());
}

TEST(RestWatch, F08_AGarbageLineDoesNotEndIt) {
  const ByteServer server([&](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.sendChunk("%$garbage\n" + event("after"));
    connection.readSome();
  });
  const auto watch = watchOn(server);
  EXPECT_EQ(watch->next(seconds(30)).error().kind, ErrorKind::Decode);
  EXPECT_EQ(nameOf(watch->next(seconds(30)).value()->object), "after");
  EXPECT_EQ(watch->next(milliseconds(20)).error().kind, ErrorKind::Timeout);
}

TEST(RestWatch, AResetAfterAnEventIsAnErrorOfTransportAndTheEventIsKept) {
  std::promise<void> received;  // a reset may overtake what was not read yet
  const ByteServer server([&](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.sendChunk(event("a"));
    received.get_future().wait();
    connection.reset();
  });
  const auto watch = watchOn(server);
  EXPECT_EQ(nameOf(watch->next(seconds(30)).value()->object), "a");
  received.set_value();
  EXPECT_EQ(watch->next(seconds(30)).error().kind, ErrorKind::Transport);
}

TEST(RestWatch, F08_ACharacterSplitOverChunksStaysWhole) {
  const std::string text = "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x90\x8B";
  const std::string line = Json{{"type", "ADDED"}, {"object", {{"metadata", {{"name", text}}}}}}.dump() + "\n";
  const ByteServer server([&](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    // Every way to cut the line in two, one after the other.
    for (std::size_t cut = 1; cut < line.size(); ++cut) {
      connection.sendChunk(line.substr(0, cut));
      connection.sendChunk(line.substr(cut));
    }
    connection.endChunks();
  });
  const auto watch = watchOn(server);
  for (std::size_t cut = 1; cut < line.size(); ++cut) {
    const auto next = watch->next(seconds(30));
    ASSERT_TRUE(next.has_value() && next->has_value()) << cut;
    EXPECT_EQ(nameOf((*next)->object), text);
  }
}

TEST(RestWatch, F08_BytesThatAreNoUtf8AreOneBadEventAndNotTheEnd) {
  const ByteServer server([&](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.sendChunk("{\"type\": \"ADDED\", \"object\": {\"metadata\": {\"name\": \"\xFF\xFE\"}}}\n" +
                         event("after"));
    connection.readSome();
  });
  const auto watch = watchOn(server);
  EXPECT_EQ(watch->next(seconds(30)).error().kind, ErrorKind::Decode);
  EXPECT_EQ(nameOf(watch->next(seconds(30)).value()->object), "after");
}

}  // namespace
}  // namespace windlass::kube
