// Sequences, hops and defaults: the real files are valid, mistakes are told with file, line and field.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/catalog/decode_parts.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const Catalog& realCatalog() {
  static const Catalog catalog = [] {
    auto read = readCatalog(sourcePath("charts/openstack"), sourcePath("upgrades"));
    if (!read) ADD_FAILURE() << read.error().toString();
    return read.value_or(Catalog{});
  }();
  return catalog;
}

template <class T>
std::string complaint(Result<T> (*decode)(const YamlDocument&, std::set<std::string>*), const std::string& text) {
  const auto document = parseYaml(text, "f.yaml");
  if (!document) return document.error().message;
  const auto decoded = decode(*document, nullptr);
  return decoded ? "accepted" : decoded.error().message;
}

const std::string kSequence = R"(apiVersion: windlass.dev/sequence/v1
kind: Sequence
service: alpha
databases: [alpha]
schema:
  - {name: sync, phase: Expand, command: [alpha-manage, sync]}
components:
  - {name: worker, role: worker, move: roll}
  - {name: api, role: api, move: canary, after: [worker]}
)";

TEST(UpgradeData, EveryServiceOfEveryReleaseHasASequence) {
  for (const auto& [id, release] : realCatalog().releases) {
    for (const auto& [name, service] : release.services)
      EXPECT_TRUE(realCatalog().sequences.contains(name)) << id << " " << name;
    for (const auto& [name, version] : release.planOnly)
      EXPECT_TRUE(realCatalog().sequences.contains(name)) << id << " " << name;
  }
}

TEST(UpgradeData, EverySequenceBelongsToAServiceOfEveryRelease) {
  for (const auto& [name, sequence] : realCatalog().sequences) {
    for (const auto& [id, release] : realCatalog().releases)
      EXPECT_NE(release.versionOf(name), "") << id << " " << name;
  }
}

TEST(UpgradeData, EveryPairOfReleasesThatUpstreamKnowsHasAHop) {
  const std::vector<std::string> ids = realCatalog().releaseIds();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (std::size_t j = i + 1; j < ids.size(); ++j)
      EXPECT_TRUE(realCatalog().hops.contains(ids[i] + "-" + ids[j])) << ids[i] << " " << ids[j];
  }
}

TEST(UpgradeData, ASequenceIsDecoded) {
  EXPECT_EQ(complaint<Sequence>(decodeSequenceDocument, kSequence), "accepted");
}

TEST(UpgradeData, AComponentMayOnlyWaitForAnEarlierOne) {
  const std::string text =
      kSequence +
      "  - {name: late, role: worker, move: roll, after: [later]}\n  - {name: later, role: worker, move: roll}\n";
  EXPECT_THAT(complaint<Sequence>(decodeSequenceDocument, text),
              HasSubstr("f.yaml:10: components[2].after: \"later\" is no component"));
}

TEST(UpgradeData, AHardEdgeMustBeHeldByTheOrder) {
  const std::string text = kSequence + "edges:\n  - {before: api, after: worker, why: it breaks}\n";
  EXPECT_THAT(complaint<Sequence>(decodeSequenceDocument, text),
              HasSubstr("f.yaml:11: edges[0].after: the component \"worker\" must name \"api\""));
}

TEST(UpgradeData, AnUnknownFieldGetsTheNearestName) {
  EXPECT_THAT(complaint<Sequence>(decodeSequenceDocument, kSequence + "chekcs: []\n"),
              HasSubstr("f.yaml:10: chekcs: is not a known field, did you mean checks?"));
}

TEST(UpgradeData, ACanaryNeedsRequestsToSplit) {
  const std::string text = kSequence + "  - {name: odd, role: worker, move: canary}\n";
  EXPECT_THAT(complaint<Sequence>(decodeSequenceDocument, text),
              HasSubstr("components[2].move: canary needs role: api"));
}

TEST(UpgradeData, AnErrorInALogIsAnExpressionWithTheRequestAsItsGroup) {
  const auto said = [](const std::string& error) {
    return complaint<UpgradeDefaults>(decodeDefaultsDocument,
                                      "apiVersion: windlass.dev/upgrade-defaults/v1\nkind: UpgradeDefaults\n"
                                      "image: i\nrings:\n  - {name: all, percent: 100}\nlogs: {error: '" +
                                          error + "'}\n");
  };
  EXPECT_EQ(said("ERROR (req-.*)"), "accepted");
  for (const char* wrong : {"ERROR", "(ERROR", "(ERROR) (req-.*)"})
    EXPECT_THAT(said(wrong), AllOf(StartsWith("f.yaml:6: "), HasSubstr("with one group, which is the request")))
        << wrong;
}

TEST(UpgradeData, AQuestionNeedsItsEntries) {
  const std::string text =
      kSequence + "gates:\n  - {id: g, summary: s, ask: query, with: {database: alpha, sqll: x}, remedy: r}\n";
  const std::string said = complaint<Sequence>(decodeSequenceDocument, text);
  EXPECT_THAT(said, HasSubstr("needs the entry \"sql\""));
  EXPECT_THAT(said, HasSubstr("\"sqll\" is not known to the question \"query\", did you mean sql?"));
}

TEST(UpgradeData, AForbiddenRouteSaysWhy) {
  const std::string text = "apiVersion: windlass.dev/hop/v1\nkind: Hop\nfrom: \"1\"\nto: \"2\"\nroute: forbidden\n";
  EXPECT_THAT(complaint<Hop>(decodeHopDocument, text), HasSubstr("reason: is missing"));
}

TEST(UpgradeData, AHopLeadsForward) {
  const std::string text = "apiVersion: windlass.dev/hop/v1\nkind: Hop\nfrom: \"2\"\nto: \"1\"\nroute: consecutive\n";
  EXPECT_THAT(complaint<Hop>(decodeHopDocument, text), HasSubstr("f.yaml:4: to: must be a later release"));
}

TEST(UpgradeData, ExitCodesAreCodes) {
  const std::string text = kSequence + "checks:\n  - {name: c, command: [x], exit: {done: [300]}}\n";
  EXPECT_THAT(complaint<Sequence>(decodeSequenceDocument, text),
              HasSubstr("f.yaml:11: checks[0].exit.done: must be a list of exit codes"));
}

// Names across files, on a copy of the real data with one word changed.
std::string complaintAfter(const std::string& file, const std::string& from, const std::string& to) {
  const fs::path copy = fs::path(testing::TempDir()) / "upgrade_data_test";
  fs::remove_all(copy);
  fs::copy(sourcePath("upgrades"), copy, fs::copy_options::recursive);
  std::ifstream in(copy / file);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  std::ofstream(copy / file) << text.replace(at, from.size(), to);
  const auto read = readCatalog(sourcePath("charts/openstack"), copy);
  fs::remove_all(copy);
  return read ? "accepted" : read.error().message;
}

TEST(UpgradeData, AHazardNamesASchemaStepThatExists) {
  EXPECT_THAT(complaintAfter("hops/2025.1-2025.2.yaml", "schema: upgrade", "schema: upgarde"),
              HasSubstr("is no schema step of"));
}

TEST(UpgradeData, AHopNamesReleasesThatExist) {
  EXPECT_THAT(complaintAfter("hops/2025.1-2026.1.yaml", "\"2025.2-2026.1\"]", "\"2025.2-2026.3\"]"),
              HasSubstr("unites[1]: no hop is named"));
}

TEST(UpgradeData, AFileIsNamedAsItSays) {
  EXPECT_THAT(complaintAfter("hops/2025.1-2025.2.yaml", "to: \"2025.2\"", "to: \"2026.1\""),
              HasSubstr("must be the file's name"));
}

TEST(UpgradeData, ServicesDoNotWaitForEachOther) {
  EXPECT_THAT(complaintAfter("sequences/keystone.yaml", "databases:", "after: [glance]\ndatabases:"),
              HasSubstr("after: the service waits for itself"));
}

}  // namespace
}  // namespace windlass::ops
