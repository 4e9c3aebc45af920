// Several commands, one exchange.
#include "operator/traffic/haproxy/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "answers.h"

namespace windlass::ops::haproxy {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Runtime, AnswersComeInOrder) {
  ScriptedChannel channel({"\n" + kMap + "\n" + kInfo + "\n"});
  const auto answers = run(channel, {*Command::setMap("m", "k", "1"), *Command::showMap("m"), Command::showInfo()});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_THAT(*answers, ElementsAre("", kMap, kInfo));
  EXPECT_THAT(channel.lines, ElementsAre("set map m k 1;show map m;show info"));
}

TEST(Runtime, ARefusalIsAnErrorInHaproxysWords) {
  ScriptedChannel channel({"\nentry not found.\n\n"});
  const auto answers = run(channel, {*Command::setMap("m", "a", "1"), *Command::setMap("m", "b", "1")});
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().kind, kube::ErrorKind::Invalid);
  EXPECT_THAT(answers.error().message, HasSubstr("\"set map m b 1\": entry not found."));
}

TEST(Runtime, MissingAndSurplusAnswersAreErrors) {
  EXPECT_FALSE(splitAnswers("a\n\nb\n", 2));
  EXPECT_FALSE(splitAnswers("a\n\n", 2));
  EXPECT_FALSE(splitAnswers("a\n\nb\n\n", 1));
  EXPECT_TRUE(splitAnswers("", 0));
}

TEST(Runtime, NothingToSayIsNotSent) {
  ScriptedChannel channel({});
  EXPECT_TRUE(run(channel, {}));
  EXPECT_TRUE(channel.lines.empty());
}

}  // namespace
}  // namespace windlass::ops::haproxy
