#include "operator/catalog/yaml_document.h"

#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

std::string refusalOf(const std::string& text) {
  const auto document = parseYaml(text, "f.yaml");
  return document ? "accepted" : document.error().message;
}

TEST(YamlDocument, ScalarsHaveTheTypesOfTheCoreSchema) {
  const auto document = parseYaml("a: 1\nb: '1'\nc: true\nd: 0.5\ne: 2025.1\nf: x\ng: ~\nh: 1e\ni: -3\n", "f.yaml");
  ASSERT_TRUE(document) << document.error().toString();
  const Json expected = {{"a", 1},   {"b", "1"},     {"c", true}, {"d", 0.5}, {"e", 2025.1},
                         {"f", "x"}, {"g", nullptr}, {"h", "1e"}, {"i", -3}};
  EXPECT_EQ(document->value, expected);
}

TEST(YamlDocument, EveryValueKnowsItsLine) {
  const auto document = parseYaml("a:\n  b:\n    - x\n    - c: 1\n", "f.yaml");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->where("a.b[1].c"), "f.yaml:4: ");
  EXPECT_EQ(document->where("a.b[1].absent"), "f.yaml:4: ");
  EXPECT_EQ(document->where("absent"), "f.yaml:1: ");
}

TEST(YamlDocument, BombsAndTricksAreRefusedWithTheirLine) {
  EXPECT_EQ(refusalOf("a: &x 1\n"), "f.yaml:1: anchors (&name) are not allowed");
  EXPECT_EQ(refusalOf("a: 1\nb: *x\n").substr(0, 9), "f.yaml:2:");
  EXPECT_EQ(refusalOf("a: !!python/object 1\n").substr(0, 15), "f.yaml:1: tags ");
  EXPECT_EQ(refusalOf("a: 1\na: 2\n"), "f.yaml:2: the key \"a\" stands here twice");
  EXPECT_EQ(refusalOf("a: 1\n---\nb: 2\n").substr(0, 35), "f.yaml:2: a second document begins,");
  EXPECT_NE(refusalOf(std::string(60, '[')), "accepted");
  EXPECT_NE(refusalOf(std::string(200000, '[')), "accepted");
  EXPECT_NE(refusalOf(std::string((1 << 20) + 1, 'a')), "accepted");
  EXPECT_NE(refusalOf(std::string("a: b\0c", 6)), "accepted");
  EXPECT_NE(refusalOf("a: \xff\xfe"), "accepted");
  EXPECT_NE(refusalOf("{a: 1}: 2"), "accepted");
  std::string many;
  for (int i = 0; i < 30000; ++i) many += "- 1\n";
  EXPECT_NE(refusalOf(many).find("more than 20000 values"), std::string::npos);
}

TEST(YamlDocument, AnEmptyFileIsNull) {
  const auto document = parseYaml("", "f.yaml");
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->value.is_null());
}

}  // namespace
}  // namespace windlass::ops
