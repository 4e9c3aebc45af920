// A JUnit file of an installation we do not know.
#include <cmath>

#include "operator/results/build.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

void junit(std::string_view bytes) {
  const auto cases = ops::parseJunit(bytes);
  if (!cases) {
    FUZZ_REQUIRE(cases.error().kind == kube::ErrorKind::Invalid);
  } else {
    for (const ops::TestCase& one : *cases) {
      FUZZ_REQUIRE(std::isfinite(one.seconds));
      FUZZ_REQUIRE(one.message.find('\n') == std::string::npos);
      FUZZ_REQUIRE(one.message.empty() || one.outcome == ops::Outcome::Failed);
    }
  }
  ops::Build build;
  for (const auto& taken : {ops::takeStarted(build, bytes), ops::takeFinished(build, bytes)})
    FUZZ_REQUIRE(taken || taken.error().kind == kube::ErrorKind::Invalid);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(junit, windlass::fuzz::junit)
