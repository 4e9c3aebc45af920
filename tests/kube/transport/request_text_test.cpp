#include "kube/transport/request_text.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

TEST(RequestText, ARequestIsItsLineItsHeadersAndItsBody) {
  HttpRequest request;
  request.method = "PATCH";
  request.target = "/x?a=b";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{}";
  EXPECT_EQ(formatRequest(request, "/prefix", "Host: h:1\r\n", "Bearer t"),
            "PATCH /prefix/x?a=b HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\n"
            "Authorization: Bearer t\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(RequestText, LineBreaksCannotSmuggleHeaders) {
  HttpRequest request;
  request.target = "/a\r\nEvil: 1";
  request.headers = {{"X", "1\r\nEvil: 2"}, {"Y\n", "\r"}};
  EXPECT_EQ(formatRequest(request, "", "Host: h:1\r\n", "t\nEvil: 3"),
            "GET /aEvil: 1 HTTP/1.1\r\nHost: h:1\r\nX: 1Evil: 2\r\nY: \r\nAuthorization: tEvil: 3\r\n\r\n");
}

TEST(RequestText, AWriteWithoutABodySaysSo) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/a";
  EXPECT_EQ(formatRequest(request, "", "Host: h:1\r\n", ""),
            "POST /a HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestText, TheHostIsTheTransports) {
  HttpRequest request;
  request.target = "/a";
  request.headers = {{"Host", "other"}};
  EXPECT_EQ(formatRequest(request, "", "Host: h:1\r\n", ""), "GET /a HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

}  // namespace
}  // namespace windlass::kube
