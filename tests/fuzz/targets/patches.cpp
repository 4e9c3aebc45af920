// Patches against slow readings of their RFCs. First line: the document; second line: the patch.
#include "kube/fake/fake_patch.h"
#include "kube/object/patch.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/reference_patch.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

bool holdsNull(const Json& value) {
  if (value.is_null()) return true;
  if (!value.is_structured()) return false;
  for (const Json& child : value)
    if (holdsNull(child)) return true;
  return false;
}

void checkJsonPatch(const Json& document, const Json& patch) {
  const auto patched = applyJsonPatch(document, patch);
  const auto expected = reference::jsonPatch(document, patch);
  FUZZ_REQUIRE(patched.has_value() == expected.has_value());
  if (patched) FUZZ_REQUIRE(*patched == *expected);
  if (!patched)
    FUZZ_REQUIRE(patched.error().kind == ErrorKind::Invalid || patched.error().kind == ErrorKind::BadRequest);
}

void checkMergePatch(const Json& document, const Json& patch) {
  const Json patched = applyMergePatch(document, patch);
  FUZZ_REQUIRE(patched == reference::mergePatch(document, patch));
  FUZZ_REQUIRE(applyMergePatch(patched, patch) == patched);
  // A merge patch cannot say null; between values without one it leads from the first to the second.
  if (holdsNull(document) || holdsNull(patch)) return;
  FUZZ_REQUIRE(applyMergePatch(document, mergePatchBetween(document, patch)) == patch);
  FUZZ_REQUIRE(applyMergePatch(document, mergePatchBetween(document, document)) == document);
}

void checkStrategicPatch(const Json& document, const Json& patch) {
  if (!document.is_object()) return;
  const auto once = fake::patched(document, PatchType::StrategicMerge, patch);
  FUZZ_REQUIRE(!once || patch.is_object());
  if (!once) return;
  const auto twice = fake::patched(*once, PatchType::StrategicMerge, patch);
  FUZZ_REQUIRE(twice.has_value());
  FUZZ_REQUIRE(*twice == *once);
}

void patches(std::string_view bytes) {
  const auto [first, second] = splitLine(bytes);
  const Json document = Json::parse(first, nullptr, false);
  const Json patch = Json::parse(second, nullptr, false);
  if (document.is_discarded() || patch.is_discarded()) return;
  checkJsonPatch(document, patch);
  checkMergePatch(document, patch);
  checkStrategicPatch(document, patch);
  const Json cleaned = cleanForApply(document);
  FUZZ_REQUIRE(cleanForApply(cleaned) == cleaned);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(patches, windlass::fuzz::patches)
