#pragma once
// Cuts a byte stream into the frames of a watch: one JSON document a line. Pure: fed with bytes, in any pieces.
// Source: k8s.io/apimachinery pkg/util/framer (JSON framer); a watch event is one line.
#include <optional>
#include <string>
#include <string_view>

namespace windlass::kube {

class FrameSplitter {
 public:
  struct Frame {
    std::string text;        // without the line break; cut to nothing when oversized
    bool oversized = false;  // the line was longer than the limit and was dropped
  };

  explicit FrameSplitter(std::size_t maxFrame = 32U << 20U) : maxFrame_(maxFrame) {}

  void feed(std::string_view bytes);
  // The next whole line that is not blank.
  std::optional<Frame> next();
  // At the end of the stream: what stands behind the last line break, if anything.
  std::optional<Frame> finish();
  std::size_t buffered() const { return buffer_.size() - start_; }

 private:
  void compact();

  std::string buffer_;
  std::size_t start_ = 0;    // of the current line
  std::size_t scanned_ = 0;  // bytes behind start_ known to hold no line break
  bool dropping_ = false;    // inside an oversized line
  std::size_t maxFrame_;
};

}  // namespace windlass::kube
