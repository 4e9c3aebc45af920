// Services are data: no C++ of operator/ or kube/ names one. The names come from the folders of charts/openstack, from
// the services of the releases and from a list of what is not there yet.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "operator/catalog/catalog.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops {
namespace {

namespace fs = std::filesystem;
const fs::path kTree = sourcePath();

std::set<std::string> forbiddenNames() {
  std::set<std::string> names = {"nova",     "glance",   "placement", "neutron", "cinder", "heat",    "horizon",
                                 "barbican", "octavia",  "designate", "ironic",  "manila", "magnum",  "swift",
                                 "mysql",    "galera",   "valkey",    "redis",   "uwsgi",  "libvirt", "ovn",
                                 "pymysql",  "proxysql", "traefik",   "nginx"};
  // Words of Kubernetes and of English that are service names by chance.
  const std::set<std::string> words = {"placement", "heat", "swift"};
  for (const auto& entry : fs::directory_iterator(kTree / "charts/openstack")) {
    if (fs::exists(entry.path() / "service.yaml")) names.insert(entry.path().filename().string());
  }
  for (const std::string& word : words) names.erase(word);
  return names;
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool namesWord(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool start = at == 0 || std::isalpha(static_cast<unsigned char>(text[at - 1])) == 0;
    const std::size_t end = at + word.size();
    const bool stop = end == text.size() || std::isalpha(static_cast<unsigned char>(text[end])) == 0;
    if (start && stop) return true;
  }
  return false;
}

// The gateway's own control protocol is spoken in one room; everybody else sees operator/traffic/gateway.h.
bool isDriver(const fs::path& file, const std::string& name) {
  return name == "haproxy" && fs::relative(file, kTree).string().rfind("operator/traffic/haproxy/", 0) == 0;
}

std::vector<std::string> offences(const std::set<std::string>& names) {
  std::vector<std::string> found;
  for (const char* room : {"operator", "kube"}) {
    if (!fs::exists(kTree / room)) continue;
    for (const auto& entry :
         fs::recursive_directory_iterator(kTree / room, fs::directory_options::follow_directory_symlink)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h") continue;
      std::ifstream stream(entry.path());
      std::string line;
      for (int number = 1; std::getline(stream, line); ++number) {
        for (const std::string& name : names) {
          if (!namesWord(lowered(line), name) || isDriver(entry.path(), name)) continue;
          found.push_back(fs::relative(entry.path(), kTree).string() + ":" + std::to_string(number) + ": " + name);
        }
      }
    }
  }
  return found;
}

TEST(ServicesAreData, NoCodeNamesAService) {
  for (const std::string& offence : offences(forbiddenNames())) ADD_FAILURE() << offence;
}

TEST(ServicesAreData, TheSearchFindsWhatItLooksFor) {
  EXPECT_TRUE(namesWord("x == \"nova\"", "nova"));
  EXPECT_TRUE(namesWord("nova_api", "nova"));
  EXPECT_FALSE(namesWord("innovation", "nova"));
  EXPECT_FALSE(forbiddenNames().empty());
  EXPECT_FALSE(offences({"catalog"}).empty());
}

}  // namespace
}  // namespace windlass::ops
