// One golden file a stage of the example clouds. WINDLASS_UPDATE_GOLDENS=1 writes them anew; review the difference.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "render_fixture.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops::test {
namespace {

namespace fs = std::filesystem;
const fs::path kGoldens = sourcePath("tests/operator/goldens");

std::string textOf(const Stage& stage) {
  Json secrets = Json::array();
  for (const SecretRequest& request : stage.secrets) {
    Json keys = Json::object();
    for (const SecretKey& key : request.keys) {
      keys[key.key] = key.generator + (key.value.empty() ? " " + std::to_string(key.length) : " " + key.value);
    }
    secrets.push_back({{"name", request.name}, {"keepOnDelete", request.keepOnDelete}, {"keys", keys}});
  }
  const Json all = {{"name", stage.name},       {"summary", stage.summary}, {"after", stage.after},
                    {"settles", stage.settles}, {"secrets", secrets},       {"objects", stage.objects}};
  return all.dump(2) + "\n";
}

fs::path goldenOf(const std::string& cloud, const Stage& stage) {
  std::string name = stage.name;
  std::replace(name.begin(), name.end(), '/', '-');
  return kGoldens / (cloud + "-" + name + ".json");
}

// Golden file -> what it should hold. What the larger cloud has in common with the demo has one golden only.
std::map<fs::path, std::string> goldens() {
  std::map<fs::path, std::string> out;
  std::set<std::string> demo;
  for (const Stage& stage : rendered(demoObject()).stages) {
    demo.insert(textOf(stage));
    out[goldenOf("demo", stage)] = textOf(stage);
  }
  for (const Stage& stage : rendered(demoObject(), tryingNext()).stages) {
    if (!demo.contains(textOf(stage))) out[goldenOf("demo", stage)] = textOf(stage);
  }
  for (const Stage& stage : rendered(threeServicesObject()).stages) {
    if (!demo.contains(textOf(stage))) out[goldenOf("three", stage)] = textOf(stage);
  }
  return out;
}

TEST(Golden, TheExamplesAreRenderedAsReviewed) {
  const bool update = std::getenv("WINDLASS_UPDATE_GOLDENS") != nullptr;
  if (update) fs::create_directories(kGoldens);
  for (const auto& [path, text] : goldens()) {
    if (update) std::ofstream(path) << text;
    std::ifstream stream(path);
    std::ostringstream golden;
    golden << stream.rdbuf();
    EXPECT_EQ(text, golden.str()) << path << ": WINDLASS_UPDATE_GOLDENS=1 writes it anew";
  }
}

TEST(Golden, ThereIsNoGoldenWithoutAStage) {
  const auto wanted = goldens();
  for (const auto& entry : fs::directory_iterator(kGoldens)) EXPECT_TRUE(wanted.contains(entry.path())) << entry.path();
}

TEST(Golden, TheSameInputGivesTheSameBytes) {
  const RenderedCloud first = rendered(demoObject());
  const RenderedCloud second = rendered(demoObject());
  ASSERT_EQ(first.stages.size(), second.stages.size());
  for (std::size_t i = 0; i < first.stages.size(); ++i) EXPECT_EQ(textOf(first.stages[i]), textOf(second.stages[i]));
}

TEST(Golden, AStageComesAfterWhatItWaitsFor) {
  const RenderedCloud cloud = rendered(threeServicesObject());
  std::vector<std::string> seen;
  for (const Stage& stage : cloud.stages) {
    for (const std::string& before : stage.after) {
      EXPECT_NE(std::find(seen.begin(), seen.end(), before), seen.end()) << stage.name << " after " << before;
    }
    seen.push_back(stage.name);
  }
}

TEST(Golden, EachObjectStandsInOneStageOnly) {
  std::vector<std::string> seen;
  for (const Json& object : allObjects(rendered(threeServicesObject()))) {
    const std::string id =
        object.at("kind").get<std::string>() + "/" + object.at("metadata").at("name").get<std::string>();
    EXPECT_EQ(std::find(seen.begin(), seen.end(), id), seen.end()) << id;
    seen.push_back(id);
  }
}

}  // namespace
}  // namespace windlass::ops::test
