#include "operator/dashboard/access.h"

#include <gmock/gmock.h>

#include "reviewing_api.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    api.users = {{"s3cret", "jane"}};
    api.allow("jane", "ns");
  }
  ErrorKind refusal(const std::string& authorization, const std::string& ns = "ns") {
    const auto status = access.mayRead(authorization, ns);
    return status ? ErrorKind::Internal : status.error().kind;
  }
  ReviewingApi api;
  Access::Clock::time_point now;
  Access access{api, [this] { return now; }};
};

TEST_F(AccessTest, WhoMayListEverythingThatIsShownMayLook) {
  EXPECT_TRUE(access.mayRead("Bearer s3cret", "ns"));
}

TEST_F(AccessTest, WithoutATokenThatIsKnownNobodyMay) {
  for (const char* header : {"", "s3cret", "Basic s3cret", "Bearer ", "Bearer other", "bearer s3cret"})
    EXPECT_EQ(refusal(header), ErrorKind::Unauthorized) << header;
  EXPECT_EQ(refusal("Bearer " + std::string(20000, 'x')), ErrorKind::Unauthorized);
}

TEST_F(AccessTest, AnErrorNamesTheUserAndNeverTheToken) {
  const auto refused = access.mayRead("Bearer s3cret", "other");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Forbidden);
  EXPECT_THAT(refused.error().toString(), HasSubstr("jane may not list openstackclouds in namespace other"));
  EXPECT_THAT(refused.error().toString(), Not(HasSubstr("s3cret")));
  EXPECT_THAT(access.mayRead("Bearer s3cret", "").error().message, HasSubstr("of all namespaces"));
}

TEST_F(AccessTest, ARightThatIsMissingForOneKindIsEnough) {
  api.rights.erase("jane upgraderuns ns");
  EXPECT_EQ(refusal("Bearer s3cret"), ErrorKind::Forbidden);
}

TEST_F(AccessTest, AnAnswerIsKeptForSecondsOnly) {
  EXPECT_TRUE(access.mayRead("Bearer s3cret", "ns"));
  api.users.clear();
  now += Access::kKeptFor - seconds(1);
  EXPECT_TRUE(access.mayRead("Bearer s3cret", "ns"));
  EXPECT_EQ(api.reviews, 1);
  now += seconds(1);
  EXPECT_EQ(refusal("Bearer s3cret"), ErrorKind::Unauthorized);
}

TEST_F(AccessTest, AnApiServerThatDoesNotAnswerIsNoAnswer) {
  class Deaf : public ReviewingApi {
   public:
    kube::Result<kube::Json> create(const kube::ResourceKind&, const kube::Json&) override {
      if (deaf) return kube::fail(ErrorKind::Unavailable, "away");
      return kube::Json({{"status", {{"authenticated", true}, {"allowed", true}}}});
    }
    bool deaf = true;
  };
  Deaf away;
  Access asked(away);
  EXPECT_EQ(asked.mayRead("Bearer x", "ns").error().kind, ErrorKind::Unavailable);
  away.deaf = false;
  EXPECT_TRUE(asked.mayRead("Bearer x", "ns")) << "it was not kept";
}

TEST_F(AccessTest, ManyTokensAreNotKeptForEver) {
  for (std::size_t i = 0; i < 2 * Access::kMaxKept; ++i)
    EXPECT_EQ(refusal("Bearer " + std::to_string(i)), ErrorKind::Unauthorized);
  const int before = api.reviews;
  EXPECT_EQ(refusal("Bearer 0"), ErrorKind::Unauthorized);
  EXPECT_EQ(api.reviews, before) << "the first are kept";
  EXPECT_EQ(refusal("Bearer " + std::to_string(2 * Access::kMaxKept - 1)), ErrorKind::Unauthorized);
  EXPECT_EQ(api.reviews, before + 1) << "beyond the bound each is asked for";
}

}  // namespace
}  // namespace windlass::ops
