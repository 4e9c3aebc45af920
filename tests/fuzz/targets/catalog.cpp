// The YAML of the catalog: service definitions and releases. Every error names the file and a line that exists.
#include "operator/catalog/catalog.h"

#include <algorithm>
#include <charconv>

#include "operator/catalog/yaml_document.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace ops;  // NOLINT(google-build-using-namespace): a small program

constexpr std::string_view kFile = "f.yaml:";

void checkMessage(const kube::Error& error, std::string_view text) {
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::string_view rest = error.message;
  while (!rest.empty()) {
    FUZZ_REQUIRE(rest.starts_with(kFile));
    int line = 0;
    const char* number = rest.data() + kFile.size();
    if (std::from_chars(number, rest.data() + rest.size(), line).ec == std::errc()) {
      FUZZ_REQUIRE(line >= 1);
      FUZZ_REQUIRE(line <= lines + 1);
    }
    rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
  }
}

int depthOf(const Json& value) {
  int deepest = 0;
  if (value.is_structured())
    for (const Json& child : value) deepest = std::max(deepest, depthOf(child));
  return deepest + 1;
}

void catalog(std::string_view bytes) {
  const std::string text(bytes);
  const auto document = parseYaml(text, "f.yaml");
  if (!document) {
    checkMessage(document.error(), bytes);
    return;
  }
  FUZZ_REQUIRE(depthOf(document->value) <= 41);
  FUZZ_REQUIRE(!document->value.dump().empty());
  if (const auto definition = decodeDefinition(text, "f.yaml"))
    FUZZ_REQUIRE(!definition->name.empty());
  else
    checkMessage(definition.error(), bytes);
  if (const auto release = decodeRelease(text, "f.yaml"))
    FUZZ_REQUIRE(!release->id.empty());
  else
    checkMessage(release.error(), bytes);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(catalog, windlass::fuzz::catalog)
