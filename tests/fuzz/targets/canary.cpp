// Wrong on purpose: a splitter that forgets what it holds when a piece ends exactly at a line break. If the property of
// the watch target did not notice, no run of the targets would mean anything.
#include <optional>

#include "kube/transport/frame_splitter.h"
#include "tests/fuzz/splitting.h"

namespace windlass::fuzz {
namespace {

class ForgetfulSplitter : public kube::FrameSplitter {
 public:
  using FrameSplitter::FrameSplitter;
  void feed(std::string_view bytes) {
    const bool forgets = buffered() > 3 && bytes == "\n";
    if (!forgets) FrameSplitter::feed(bytes);
  }
};

void canary(std::string_view bytes) {
  checkSplitting<ForgetfulSplitter>(bytes);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(canary, windlass::fuzz::canary)
