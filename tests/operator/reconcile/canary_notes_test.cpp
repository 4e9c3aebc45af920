// What a run's status holds of its canary: read back as it was written, and what the CRD knows.
#include "operator/reconcile/canary_notes.h"

#include <gmock/gmock.h>

#include "crd_schema.h"
#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

CanaryNotes notes() {
  CanaryNotes out;
  out.component = "keystone/api";
  out.stage = "keystone/canary/api/one";
  out.attempt = 2;
  out.split = {100, {"tester"}, {"p1", "p2"}};
  out.shared = true;
  out.unreached = {{"gateway-a", "did not answer"}};
  out.policy = {{"baselineSeconds", 30}};
  out.state.phase = CanaryPhase::Step;
  out.state.seconds = 12.5;
  out.state.evidence.errors.totals = {1, 20, 3, 400};
  out.state.evidence.errors.worse[2] = 0.1 + 0.2;
  out.lookedAt = 1764000000123;
  out.tracker = {{"first", false}, {"marks", Json::object()}};
  out.restarts = {{"pod", 1}};
  out.probes = {7, "up-round-7", 1764000000100, true, {6, 1}, {5, 0}, "the newest failed"};
  out.logs = {{{"pod", 1764000000123456789}}, true, "the log of pod pod cannot be read"};
  Verdict verdict;
  verdict.reason = "too few samples";
  verdict.findings.push_back({"errors", Decision::Wait, {3, 100}, {1, 100}, {}, 0.5, 3.2, 40});
  out.verdict = verdictJson(verdict);
  return out;
}

TEST(CanaryNotes, AreReadBackAsTheyWereWritten) {
  const Json written = toJson(notes());
  const auto back = canaryNotesFrom(Json::parse(written.dump()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(toJson(*back), written);
  EXPECT_EQ(back->state.evidence.errors.worse[2], 0.1 + 0.2) << "to the last bit";
  EXPECT_EQ(recordedSplit(written), notes().split);
}

TEST(CanaryNotes, NothingIsSaidOfARunWithoutACanary) {
  EXPECT_TRUE(toJson(CanaryNotes{}).is_null());
  const auto back = canaryNotesFrom(nullptr);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->component, "");
}

TEST(CanaryNotes, TheVerdictSaysTheOddsInAText) {
  const Json finding = notes().verdict.at("findings").at(0);
  EXPECT_EQ(finding.at("odds"), "3.06");
  EXPECT_EQ(finding.at("evidence"), "10^0.5");
  EXPECT_EQ(finding.at("requests"), 100);
}

// Every field, and no text longer than the schema allows.
void expectKnown(const Json& schema, const Json& value, const std::string& path) {
  if (value.is_object()) {
    for (const auto& [name, field] : value.items()) {
      ASSERT_TRUE(schema.at("properties").contains(name)) << path << "." << name;
      expectKnown(schema.at("properties").at(name), field, path + "." + name);
    }
  } else if (value.is_array()) {
    EXPECT_LE(value.size(), schema.at("maxItems").get<std::size_t>()) << path;
    for (const Json& item : value) expectKnown(schema.at("items"), item, path + "[]");
  } else {
    const std::string type = value.is_string() ? "string" : value.is_boolean() ? "boolean" : "integer";
    EXPECT_EQ(schema.at("type"), type) << path;
    EXPECT_FALSE(value.is_number_float()) << path;
    const std::size_t length = value.is_string() ? value.get<std::string>().size() : 0;
    EXPECT_LE(length, schema.value("maxLength", std::size_t{1} << 20U)) << path;
  }
}

TEST(CanaryNotes, TheCrdKnowsEveryField) {
  const Json schema = test::crdSchema("upgraderuns").at("/properties/status/properties/canary"_json_pointer);
  expectKnown(schema, toJson(notes()), "canary");
}

}  // namespace
}  // namespace windlass::ops
