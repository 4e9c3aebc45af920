// Servers that are too busy, in all the ways they can say so.
#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "scripted_api.h"

namespace windlass::kube::faults {
namespace {

using std::chrono::seconds;

struct Busy {
  std::string status, headers;
  bool repeated;
};

void PrintTo(const Busy& busy, std::ostream* out) {
  *out << busy.status << " " << busy.headers;
}

class Throttled : public testing::TestWithParam<Busy> {
 protected:
  // The first request is refused as the parameter says, the second is granted.
  Throttled()
      : api(
            [this](ServerConnection& connection, const std::string&) {
              if (requests++ == 0) return connection.respond(GetParam().status, "", GetParam().headers), void();
              connection.respond("200 OK", configMap("a", 1).dump());
            },
            silentAfter("")) {}
  void expectOutcome(const Result<Json>& result) const {
    EXPECT_EQ(requests, GetParam().repeated ? 2 : 1);
    EXPECT_EQ(result.has_value(), GetParam().repeated);
    EXPECT_TRUE(result || result.error().retryable());
  }
  std::atomic<int> requests{0};
  ScriptedApi api;
};

TEST_P(Throttled, F16_AReadIsRepeatedWhenTheServerSaysWhenAndItIsSoon) {
  expectOutcome(api.client()->get(kinds::ConfigMap, {"ns", "a"}));
}

TEST_P(Throttled, F16_AWriteTooForTheServerDidNothing) {
  expectOutcome(api.client()->create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"})));
}

INSTANTIATE_TEST_SUITE_P(F16, Throttled,
                         testing::Values(Busy{"429 Too Many Requests", "Retry-After: 0\r\n", true},
                                         Busy{"429 Too Many Requests", "Retry-After: 1\r\n", true},
                                         Busy{"429 Too Many Requests", "Retry-After: 3600\r\n", false},
                                         Busy{"429 Too Many Requests", "Retry-After: in a while\r\n", false},
                                         Busy{"429 Too Many Requests", "", false},
                                         Busy{"503 Service Unavailable", "", false},
                                         Busy{"503 Service Unavailable", "Retry-After: 0\r\n", true}));

}  // namespace
}  // namespace windlass::kube::faults
