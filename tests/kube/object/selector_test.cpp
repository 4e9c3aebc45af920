#include "kube/object/selector.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

const Labels kLabels = {{"app", "web"}, {"tier", "front"}, {"level", "5"}};

struct MatchCase {
  const char* selector;
  bool matches;
};

class SelectorMatch : public ::testing::TestWithParam<MatchCase> {};

TEST_P(SelectorMatch, IsAsUpstreamSays) {
  const auto selector = LabelSelector::parse(GetParam().selector);
  ASSERT_TRUE(selector.has_value()) << selector.error().toString();
  EXPECT_EQ(selector->matches(kLabels), GetParam().matches) << GetParam().selector;
}

INSTANTIATE_TEST_SUITE_P(Selectors, SelectorMatch,
                         ::testing::Values(MatchCase{"", true}, MatchCase{"app=web", true}, MatchCase{"app==web", true},
                                           MatchCase{"app!=web", false}, MatchCase{"other!=web", true},
                                           MatchCase{"app in (db, web)", true}, MatchCase{"app notin (db,web)", false},
                                           MatchCase{"other notin (a)", true}, MatchCase{"app", true},
                                           MatchCase{"!app", false}, MatchCase{"!other", true},
                                           MatchCase{"level>4", true}, MatchCase{"level<5", false},
                                           MatchCase{"app>1", false}, MatchCase{"app=web,tier=back", false},
                                           MatchCase{" app = web , tier in (front) ", true},
                                           MatchCase{"tier=", false}));

TEST(Selector, NonsenseIsInvalid) {
  for (const char* text :
       {"a=b=c", "a in", "a in (b", "=b", "a b", ",", "a=b,", "!", "a in (b) c", "a>x", "UPPER/a=b", "a=-b", "a!b"})
    EXPECT_FALSE(LabelSelector::parse(text).has_value()) << text;
}

TEST(Selector, TheCanonicalFormIsReadBack) {
  const auto selector = LabelSelector::parse("b notin (y,x),a,!c,d=e,f!=g,h>1").value();
  EXPECT_EQ(selector.toString(), "a,b notin (x,y),!c,d=e,f!=g,h>1");
  EXPECT_EQ(LabelSelector::parse(selector.toString()).value().requirements(), selector.requirements());
}

TEST(Selector, AJsonSelectorHasLabelsAndExpressions) {
  const Json json = {{"matchLabels", {{"app", "web"}}},
                     {"matchExpressions", {{{"key", "tier"}, {"operator", "In"}, {"values", {"front", "back"}}}}}};
  EXPECT_EQ(LabelSelector::fromJson(json).value().toString(), "app=web,tier in (back,front)");
}

TEST(Selector, NullMatchesNothingAndEmptyEverything) {
  EXPECT_FALSE(LabelSelector::fromJson(Json()).value().matches(kLabels));
  EXPECT_TRUE(LabelSelector::fromJson(Json::object()).value().matches(kLabels));
}

TEST(Selector, AJsonSelectorWithAWrongOperatorIsInvalid) {
  const Json json = {{"matchExpressions", {{{"key", "a"}, {"operator", "Near"}}}}};
  EXPECT_FALSE(LabelSelector::fromJson(json).has_value());
}

TEST(LabelSelector, AnEmptyValueAmongOthersIsNotLostInTheText) {
  const auto selector = LabelSelector::parse("x in (a,,b)").value();
  EXPECT_EQ(selector.toString(), "x in (,a,b)");
  EXPECT_EQ(LabelSelector::parse(selector.toString()).value().requirements(), selector.requirements());
}

TEST(LabelSelector, AValueNamedTwiceCountsOnceAlsoInTheJsonForm) {
  const Json json = {{"matchExpressions", {{{"key", "k"}, {"operator", "In"}, {"values", {"a", "a"}}}}}};
  EXPECT_EQ(LabelSelector::fromJson(json).value().toString(), "k=a");
}

}  // namespace
}  // namespace windlass::kube
