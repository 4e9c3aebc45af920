#include "vmctl/cli/output.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace windlass::vm::cli {
namespace {

using kube::Json;
using namespace std::chrono_literals;

const auto Now = kube::parseTime("2026-01-01T01:00:00Z");

Json vm(const std::string& name) {
  return Json{{"metadata", {{"name", name}, {"namespace", "shop"}, {"creationTimestamp", "2026-01-01T00:58:30Z"}}},
              {"spec", {{"memory", "128Mi"}, {"cpu", {{"cores", 2}}}}},
              {"status",
               {{"phase", "Running"},
                {"nodeName", "node1"},
                {"podIP", "10.0.0.7"},
                {"conditions", Json::array({Json{{"type", "Ready"},
                                                 {"status", "True"},
                                                 {"reason", "GuestReady"},
                                                 {"lastTransitionTime", "2026-01-01T00:59:00Z"}}})}}}};
}

TEST(ListTable, ShowsOneSortedRowAVm) {
  EXPECT_EQ(listTable({vm("web"), vm("db")}, false, Now),
            "NAME   STATUS    READY   NODE    IP         CPU   MEMORY   AGE\n"
            "db     Running   True    node1   10.0.0.7   2     128Mi    90s\n"
            "web    Running   True    node1   10.0.0.7   2     128Mi    90s\n");
}

TEST(ListTable, ShowsAVmWithoutStatusAsPending) {
  Json fresh = vm("web");
  fresh.erase("status");
  EXPECT_NE(listTable({fresh}, true, Now).find("shop        web    Pending   -       -      -"), std::string::npos);
}

TEST(StatusText, ShowsConditionsWithTheirAge) {
  const auto text = statusText(vm("web"), Now);
  EXPECT_NE(text.find("Status:        Running\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Ready       True     GuestReady   60s"), std::string::npos) << text;
  EXPECT_EQ(text.find("Restarts"), std::string::npos);
}

TEST(Age, RoundsAsKubectlDoes) {
  EXPECT_EQ(age(Now - 5s, Now), "5s");
  EXPECT_EQ(age(Now - 119s, Now), "119s");
  EXPECT_EQ(age(Now - 5min, Now), "5m");
  EXPECT_EQ(age(Now - 47h, Now), "47h");
  EXPECT_EQ(age(Now - 72h, Now), "3d");
  EXPECT_EQ(age(Now + 5s, Now), "0s");
}

TEST(Yaml, ReadsBackAsWhatWasWritten) {
  const Json value{{"text", "plain"},   {"number", 5},
                   {"textNumber", "5"}, {"yes", "yes"},
                   {"empty", ""},       {"list", {1, "2", true}},
                   {"none", nullptr},   {"map", Json::object()},
                   {"lines", "a\nb\n"}, {"time", "2026-01-01T00:00:00Z"},
                   {"odd", "a: b # c"}, {"flag", false}};
  const auto read = YAML::Load(asYaml(value));
  EXPECT_EQ(read["text"].as<std::string>(), "plain");
  EXPECT_EQ(read["number"].as<int>(), 5);
  EXPECT_EQ(read["textNumber"].as<std::string>(), "5");
  EXPECT_EQ(read["textNumber"].Tag(), "!");  // quoted: text for every reader
  EXPECT_EQ(read["yes"].Tag(), "!");
  EXPECT_EQ(read["time"].Tag(), "!");
  EXPECT_EQ(read["lines"].as<std::string>(), "a\nb\n");
  EXPECT_EQ(read["odd"].as<std::string>(), "a: b # c");
  EXPECT_EQ(read["list"][1].as<std::string>(), "2");
  EXPECT_TRUE(read["none"].IsNull());
  EXPECT_TRUE(read["map"].IsMap());
}

TEST(Output, LeavesManagedFieldsOut) {
  Json object = vm("web");
  object["metadata"]["managedFields"] = Json::array({1});
  EXPECT_EQ(asJson(object).find("managedFields"), std::string::npos);
  EXPECT_EQ(asYaml(object).find("managedFields"), std::string::npos);
  EXPECT_EQ(asList({object}).dump().find("managedFields"), std::string::npos);
}

}  // namespace
}  // namespace windlass::vm::cli
