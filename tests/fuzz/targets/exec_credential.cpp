// What a credential plugin prints. First line of the input: the API version the kubeconfig asks for.
#include "kube/transport/exec_credential.h"

#include "kube/object/conditions.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

constexpr std::string_view kSecret = "s3cr3t-marker";

void checkExpiry(TimePoint expires) {
  using std::chrono::microseconds;
  FUZZ_REQUIRE(expires > TimePoint::min() && expires < TimePoint::max());
  const auto whole = std::chrono::floor<microseconds>(expires);
  FUZZ_REQUIRE(parseTime(formatMicroTime(whole)) == whole);
}

void execCredential(std::string_view bytes) {
  const auto [version, output] = splitLine(bytes);
  ExecConfig config;
  config.command = "plugin";
  config.apiVersion = version;
  const auto credential = parseExecCredential(config, output);
  if (!credential) {
    FUZZ_REQUIRE(credential.error().kind == ErrorKind::Unauthorized);
    FUZZ_REQUIRE(version.find(kSecret) != std::string_view::npos ||
                 credential.error().toString().find(kSecret) == std::string::npos);
    return;
  }
  FUZZ_REQUIRE(credential->certificate.empty() == credential->key.empty());
  FUZZ_REQUIRE(!credential->token.empty() || !credential->certificate.empty());
  if (credential->expires) checkExpiry(*credential->expires);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(exec_credential, windlass::fuzz::execCredential)
