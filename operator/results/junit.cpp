// Source: https://github.com/testmoapp/junitxml; what ctest, GoogleTest and unittest-xml-reporting write.
#include <cmath>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "operator/results/build.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;

constexpr std::size_t kMaxCases = 100000;
constexpr int kMaxDepth = 8;  // of suites in suites
constexpr std::size_t kMaxMessage = 200;

std::string firstLine(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  if (text.size() > kMaxMessage) text.resize(kMaxMessage);
  return text;
}

std::string messageOf(const pugi::xml_node& problem) {
  const std::string message = problem.attribute("message").as_string();
  return firstLine(message.empty() ? problem.child_value() : message);
}

TestCase caseOf(const pugi::xml_node& node) {
  TestCase made;
  const std::string name = node.attribute("name").as_string(), of = node.attribute("classname").as_string();
  made.name = of.empty() || name.find(of) != std::string::npos ? name : of + "." + name;
  made.seconds = node.attribute("time").as_double();
  if (!std::isfinite(made.seconds)) made.seconds = 0;
  // ctest says it in the status as well; one that was not run has <skipped/>.
  const std::string status = node.attribute("status").as_string();
  for (const char* word : {"failure", "error"}) {
    const auto problem = node.child(word);
    if (!problem) continue;
    made.outcome = Outcome::Failed;
    made.message = messageOf(problem);
    return made;
  }
  if (status == "fail") made.outcome = Outcome::Failed;
  if (node.child("skipped") || status == "notrun" || status == "disabled") made.outcome = Outcome::Skipped;
  return made;
}

void collect(const pugi::xml_node& suite, int depth, std::vector<TestCase>& cases) {
  for (const pugi::xml_node& child : suite.children()) {
    if (cases.size() >= kMaxCases) return;
    const std::string_view name = child.name();
    if (name == "testcase")
      cases.push_back(caseOf(child));
    else if (name == "testsuite" && depth < kMaxDepth)
      collect(child, depth + 1, cases);
  }
}

}  // namespace

kube::Result<std::vector<TestCase>> parseJunit(std::string_view xml) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed)
    return kube::fail(ErrorKind::Invalid, fmt::format("is no XML: {} at byte {}", parsed.description(), parsed.offset));
  const pugi::xml_node root = document.document_element();
  const std::string_view name = root.name();
  if (name != "testsuites" && name != "testsuite")
    return kube::fail(ErrorKind::Invalid, fmt::format("is no JUnit file: its first element is <{}>", name));
  std::vector<TestCase> cases;
  collect(root, 0, cases);
  return cases;
}

}  // namespace windlass::ops
