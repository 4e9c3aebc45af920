#pragma once
// One run of a job, as the Kubernetes test history keeps it: logs/<job>/<build>/{started.json, finished.json,
// artifacts/junit*.xml}. Pure. Source: https://github.com/kubernetes/test-infra/tree/master/gubernator#gcs-layout and
// https://github.com/GoogleCloudPlatform/testgrid (metadata/, junit/).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/result.h"

namespace windlass::ops {

enum class Outcome : std::uint8_t { Passed, Failed, Skipped };

struct TestCase {
  std::string name;
  Outcome outcome = Outcome::Passed;
  double seconds = 0;
  std::string message;  // why it failed, in a line
  bool operator==(const TestCase&) const = default;
};

struct Build {
  std::string installation;  // where it ran
  std::string job;
  std::string number;         // as its folder is named; newer builds of a job have larger numbers
  std::int64_t started = 0;   // seconds since 1970
  std::int64_t finished = 0;  // 0: it runs, or was killed
  std::string result;         // SUCCESS, FAILURE, ABORTED; "" as long as it is not finished
  std::string version;        // what was tested
  std::vector<TestCase> cases;
};

// Takes what the two files say into `build`. Invalid: not of that shape; the message begins with the file's name.
kube::Status takeStarted(Build& build, std::string_view json);
kube::Status takeFinished(Build& build, std::string_view json);

// The test cases of a JUnit file (<testsuites>, <testsuite>, <testcase>), in their order, at most 100 000. A name that
// does not say its class gets it in front. Invalid: no XML, or none of these; the message says where.
kube::Result<std::vector<TestCase>> parseJunit(std::string_view xml);

}  // namespace windlass::ops
