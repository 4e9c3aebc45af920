// windlass-vm-carrier [ready] [--run-dir DIR] [--termination-log FILE]
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "vmctl/carrier/carrier.h"

namespace {

int usage() {
  std::fprintf(stderr, "usage: windlass-vm-carrier [ready] [--run-dir DIR] [--termination-log FILE]\n");
  return windlass::vm::carrier::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  namespace carrier = windlass::vm::carrier;
  carrier::Options options;
  if (const char* grace = std::getenv("WINDLASS_GRACE_SECONDS")) {
    const int seconds = carrier::parseNumber(grace, 86400);
    if (seconds >= 0) options.graceSeconds = seconds;
  }
  bool probe = false;
  for (int i = 1; i < argc; ++i) {
    const bool hasValue = i + 1 < argc;
    if (std::strcmp(argv[i], "ready") == 0) {
      probe = true;
    } else if (std::strcmp(argv[i], "--run-dir") == 0 && hasValue) {
      options.runDirectory = argv[++i];
    } else if (std::strcmp(argv[i], "--termination-log") == 0 && hasValue) {
      options.terminationLog = argv[++i];
    } else {
      return usage();
    }
  }
  return probe ? carrier::ready(options) : carrier::run(options);
}
