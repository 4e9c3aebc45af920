// Channels into pods, as far as an API server without nodes can be asked.
#include "kube/client/stream.h"

#include "api_fixture.h"

namespace windlass::kube {
namespace {

using StreamApiTest = ApiTest;

TEST_F(StreamApiTest, AttachingToAMissingPodIsNotFound) {
  const auto stream = attachToPod(client(), key("none"), {});
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().kind, ErrorKind::NotFound) << stream.error().toString();
}

TEST_F(StreamApiTest, APodThatIsOnNoNodeCannotBeAttachedTo) {
  Json pod = newObject(kinds::Pod, key("p"));
  pod["spec"]["containers"] = Json::array({{{"name", "c"}, {"image", "i"}}});
  ASSERT_OK(client().create(kinds::Pod, pod));
  const auto stream = attachToPod(client(), key("p"), {});
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().kind, ErrorKind::BadRequest) << stream.error().toString();
  EXPECT_NE(stream.error().toString().find("p"), std::string::npos);
}

TEST_F(StreamApiTest, RawPathsAreReadWholeOrAsTheyCome) {
  const auto version = client().getJson("/version");
  ASSERT_OK(version);
  EXPECT_FALSE(stringAt(*version, "/gitVersion").empty());
  const auto stream = client().openRaw("/readyz", {{"verbose", "true"}});
  ASSERT_OK(stream);
  std::string text;
  for (auto piece = (*stream)->read(std::chrono::seconds(5)); piece && *piece;
       piece = (*stream)->read(std::chrono::seconds(5)))
    text += **piece;
  EXPECT_NE(text.find("readyz check passed"), std::string::npos) << text;
}

}  // namespace
}  // namespace windlass::kube
