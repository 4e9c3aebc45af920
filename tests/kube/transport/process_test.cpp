#include "kube/transport/process.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

ProcessSpec shell(const std::string& script) {
  ProcessSpec spec;
  spec.command = "sh";
  spec.args = {"-c", script};
  return spec;
}

TEST(Process, OutputAndExitCodeAreReturned) {
  const auto result = runProcess(shell("echo hello; cat; exit 7"));
  ASSERT_TRUE(result.has_value()) << result.error().toString();
  EXPECT_EQ(result->output, "hello\n");
  EXPECT_EQ(result->exitCode, 7);
}

TEST(Process, ASignalIsAnExitCodeToo) {
  EXPECT_EQ(runProcess(shell("kill -9 $$")).value().exitCode, 137);
}

TEST(Process, MoreOutputThanAllowedEndsIt) {
  ProcessSpec spec = shell("yes");
  spec.maxOutput = 10000;
  const auto result = runProcess(spec);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::TooLarge);
}

TEST(Process, OneThatClosesItsOutputAndStaysIsEnded) {
  ProcessSpec spec = shell("exec >/dev/null; sleep 600");
  spec.timeout = std::chrono::milliseconds(100);
  const auto result = runProcess(spec);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::Timeout);
}

TEST(Process, AMissingProgramIsMissing) {
  ProcessSpec spec;
  spec.command = "/nonexistent/program";
  const auto result = runProcess(spec);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::Missing);
}

}  // namespace
}  // namespace windlass::kube
