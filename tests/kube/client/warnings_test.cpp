#include "kube/client/warnings.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

using Texts = std::vector<std::string>;

TEST(Warnings, TheTextsOf299AreRead) {
  EXPECT_EQ(parseWarnings(R"(299 - "one", 299 agent "tw\"o" "Sun, 01 Nov 2026 00:00:00 GMT", 199 - "other")"),
            (Texts{"one", "tw\"o"}));
}

TEST(Warnings, GarbageEndsTheReading) {
  EXPECT_EQ(parseWarnings("nonsense"), Texts{});
  EXPECT_EQ(parseWarnings(R"(299 - "open)"), Texts{});
  EXPECT_EQ(parseWarnings(R"(299 - "one", x)"), Texts{"one"});
  EXPECT_EQ(parseWarnings(",,,"), Texts{});
}

}  // namespace
}  // namespace windlass::kube
