#include "kube/client/managed_fields.h"

#include <gtest/gtest.h>

#include "kube/client/list_decoder.h"
#include "kube/client/watch_decoder.h"

namespace windlass::kube {
namespace {

std::string cut(const std::string& object) {
  std::string scratch;
  return std::string(withoutManagedFields(object, scratch));
}

TEST(ManagedFields, AreLeftOutWhereverTheyStand) {
  EXPECT_EQ(cut(R"({"metadata":{"managedFields":[1],"name":"a"},"spec":2})"), R"({"metadata":{"name":"a"},"spec":2})");
  EXPECT_EQ(cut(R"({"metadata":{"name":"a" , "managedFields" : [{"x":"]}"}] }})"), R"({"metadata":{"name":"a"  }})");
  EXPECT_EQ(cut(R"({"kind":"K","metadata":{"managedFields":null}})"), R"({"kind":"K","metadata":{}})");
}

TEST(ManagedFields, OfOtherThingsStay) {
  for (const std::string text :
       {R"({"spec":{"managedFields":[1]},"metadata":{"name":"a"}})", R"({"managedFields":[1],"metadata":{}})",
        R"({"metadata":[{"managedFields":1}]})", R"({"metadata":{"labels":{"managedFields":"x"}}})",
        R"({"object":{"metadata":{"managedFields":[1]}}})", R"({})", R"([])", ""})
    EXPECT_EQ(cut(text), text);
}

TEST(ManagedFields, ATextThatIsCutShortIsLeftToTheParser) {
  const std::string whole = R"({"metadata":{"name":"a\"","managedFields":[{"x":1}],"uid":"u"}})";
  ASSERT_EQ(cut(whole), R"({"metadata":{"name":"a\"","uid":"u"}})");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(Json::parse(cut(whole.substr(0, size)), nullptr, false).is_discarded()) << size;
}

TEST(ManagedFields, NeitherAWatchNorAListHasThem) {
  WatchDecoder watch;
  watch.feed(R"({"type":"ADDED","object":{"metadata":{"managedFields":[{}],"name":"a"},"data":1}})"
             "\n");
  const auto event = watch.next();
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->object, Json::parse(R"({"metadata":{"name":"a"},"data":1})"));
  std::vector<Json> items;
  const auto rest = decodeList(R"({"items":[{"metadata":{"name":"a","managedFields":[]}},{"metadata":{}}]})",
                               [&items](Json item) { items.push_back(std::move(item)); });
  ASSERT_TRUE(rest);
  EXPECT_EQ(items, (std::vector<Json>{Json::parse(R"({"metadata":{"name":"a"}})"), Json::parse(R"({"metadata":{}})")}));
}

}  // namespace
}  // namespace windlass::kube
