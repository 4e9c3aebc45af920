#include "kube/client/warnings.h"

#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace windlass::kube {
namespace {

using Texts = std::vector<std::string>;

TEST(Warnings, P26_TheTextsOf299AreRead) {
  EXPECT_EQ(parseWarnings(R"(299 - "one", 299 agent "tw\"o" "Sun, 01 Nov 2026 00:00:00 GMT", 199 - "other")"),
            (Texts{"one", "tw\"o"}));
}

TEST(Warnings, P26_GarbageEndsTheReading) {
  EXPECT_EQ(parseWarnings("nonsense"), Texts{});
  EXPECT_EQ(parseWarnings(R"(299 - "open)"), Texts{});
  EXPECT_EQ(parseWarnings(R"(299 - "one", x)"), Texts{"one"});
  EXPECT_EQ(parseWarnings(",,,"), Texts{});
}

TEST(Warnings, P26_AreLoggedOnceEach) {
  static int run = 0;  // what was logged once stays logged, also when the test is repeated
  const std::string warning = "policy/v1beta" + std::to_string(++run) + " is deprecated";
  std::ostringstream text;
  const auto former = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
  for (int i = 0; i < 3; ++i) logWarnings({{"warning", "299 - \"" + warning + "\""}, {"date", "x"}});
  spdlog::set_default_logger(former);
  const std::string log = text.str();
  const auto first = log.find(warning);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(log.find(warning, first + 1), std::string::npos);
}

}  // namespace
}  // namespace windlass::kube
