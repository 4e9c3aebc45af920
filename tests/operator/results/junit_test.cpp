#include <gmock/gmock.h>

#include "operator/results/build.h"

namespace windlass::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Junit, OfCtestHasPassedFailedAndSkippedCases) {
  const auto cases = parseJunit(R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++" tests="3" failures="1">
  <testcase name="upgrade_cluster_test" classname="upgrade_cluster_test" time="879.5" status="run"><system-out>x</system-out></testcase>
  <testcase name="canary_cluster_test" classname="canary_cluster_test" time="3" status="fail"><failure message="Timeout"/></testcase>
  <testcase name="other" classname="other" time="0" status="notrun"><skipped message="Not Run"/></testcase>
</testsuite>)");
  ASSERT_TRUE(cases) << cases.error().toString();
  EXPECT_THAT(*cases, ElementsAre(TestCase{"upgrade_cluster_test", Outcome::Passed, 879.5, ""},
                                  TestCase{"canary_cluster_test", Outcome::Failed, 3, "Timeout"},
                                  TestCase{"other", Outcome::Skipped, 0, ""}));
}

TEST(Junit, OfSuitesInSuitesNamesTheClass) {
  const auto cases = parseJunit(R"(<testsuites><testsuite name="outer"><testsuite name="inner">
    <testcase classname="Canary" name="test_1" time="1"/>
    <testcase classname="Canary" name="test_2" time="2"><error message="">first
second</error></testcase></testsuite></testsuite></testsuites>)");
  ASSERT_TRUE(cases) << cases.error().toString();
  EXPECT_THAT(*cases, ElementsAre(TestCase{"Canary.test_1", Outcome::Passed, 1, ""},
                                  TestCase{"Canary.test_2", Outcome::Failed, 2, "first"}));
}

TEST(Junit, WhatIsNoJunitFileIsRefused) {
  EXPECT_THAT(parseJunit("").error().message, HasSubstr("is no XML"));
  EXPECT_THAT(parseJunit("<testsuite><testcase></testsuite>").error().message, HasSubstr("at byte"));
  EXPECT_THAT(parseJunit("<html/>").error().message, HasSubstr("its first element is <html>"));
}

TEST(Junit, HostileFilesAreBounded) {
  EXPECT_TRUE(parseJunit(R"(<testsuite><testcase time="nan"/><testcase name="a" time="x"/></testsuite>)"));
  std::string deep = "<testsuites>", many = "<testsuite>";
  for (int i = 0; i < 1000; ++i) deep += "<testsuite>";
  deep += "<testcase name='hidden'/>";
  for (int i = 0; i < 1000; ++i) deep += "</testsuite>";
  const auto none = parseJunit(deep + "</testsuites>");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  for (int i = 0; i < 100010; ++i) many += "<testcase/>";
  EXPECT_EQ(parseJunit(many + "</testsuite>")->size(), 100000U);
  // Entities that a document makes up are not expanded.
  EXPECT_TRUE(parseJunit(R"(<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite><testcase name="&a;"/></testsuite>)"));
}

}  // namespace
}  // namespace windlass::ops
