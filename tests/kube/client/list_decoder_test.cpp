#include "kube/client/list_decoder.h"

#include <gtest/gtest.h>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

using Names = std::vector<std::string>;

struct Decoded {
  Result<Json> rest;
  Names names;
};
Decoded decode(const std::string& body) {
  Names names;
  auto rest = decodeList(body, [&names](const Json& item) { names.push_back(nameOf(item)); });
  return {std::move(rest), std::move(names)};
}

TEST(ListDecoder, F14_ItemsComeOneByOneAndTheRestIsKept) {
  const auto list = decode(R"( {"kind" : "PodList", "items": [ {"metadata": {"name": "a", "labels": {"items": "x"}}},
    {"metadata": {"name": "b]}\"{[\\"}} ] , "metadata": {"resourceVersion": "9", "remaining": [1, {"items": []}]}, "n": 5} )");
  ASSERT_TRUE(list.rest) << list.rest.error().toString();
  EXPECT_EQ(list.names, (Names{"a", "b]}\"{[\\"}));
  EXPECT_EQ(*list.rest, Json::parse(R"({"kind": "PodList", "metadata":
    {"resourceVersion": "9", "remaining": [1, {"items": []}]}, "n": 5})"));
}

TEST(ListDecoder, AnEmptyListIsAList) {
  for (const char* body :
       {R"({"items": []})", R"({"items":null,"kind":"PodList"})", R"({"kind":"PodList","items":[ ]})"}) {
    const auto list = decode(body);
    EXPECT_TRUE(list.rest) << body;
    EXPECT_TRUE(list.names.empty());
  }
}

TEST(ListDecoder, EverythingElseIsNoList) {
  for (const char* body : {"",
                           "null",
                           "[]",
                           "5",
                           "{",
                           "{}",
                           R"({"kind":"Pod"})",
                           R"({"items":{}})",
                           R"({"items":5})",
                           R"({"items":[5]})",
                           R"({"items":[{}})",
                           R"({"items":[{},]})",
                           R"({"items":[{} {}]})",
                           R"({"items":[{"a":}]})",
                           R"({"items":[]} x)",
                           R"({"items":[],})",
                           R"({"items":[]}})",
                           R"({"items":[{"a":"b]})",
                           R"({"items":["\)",
                           R"({"items":[],"a"})",
                           R"({"items":[],"a":})",
                           R"({"items":[],"a":tru})",
                           R"({"a":1 "items":[]})",
                           R"({"items":[],"items":[]})"})
    EXPECT_FALSE(decode(body).rest) << body;
}

// Cut anywhere, it is an error and never a crash.
TEST(ListDecoder, ABodyThatWasCutIsNoList) {
  const std::string body =
      R"({"kind":"PodList","items":[{"metadata":{"name":"a\"b"}},{"x":[1,2]}],"metadata":{"k":"v"}})";
  ASSERT_TRUE(decode(body).rest);
  for (std::size_t size = 0; size < body.size(); ++size) EXPECT_FALSE(decode(body.substr(0, size)).rest) << size;
}

}  // namespace
}  // namespace windlass::kube
