#include "kube/transport/frame_splitter.h"

namespace windlass::kube {
namespace {

bool isBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void FrameSplitter::compact() {
  if (start_ == 0) return;
  buffer_.erase(0, start_);
  start_ = 0;
}

void FrameSplitter::feed(std::string_view bytes) {
  compact();
  buffer_.append(bytes);
}

std::optional<FrameSplitter::Frame> FrameSplitter::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', start_ + scanned_);
    if (end == std::string::npos) {
      scanned_ = buffer_.size() - start_;
      // The rest of a line that is too long is not kept: memory stays bounded.
      if (dropping_ || scanned_ > maxFrame_) {
        dropping_ = true;
        buffer_.clear();
        buffer_.shrink_to_fit();
        start_ = scanned_ = 0;
      }
      return std::nullopt;
    }
    const std::string_view line(buffer_.data() + start_, end - start_);
    Frame frame{"", dropping_ || line.size() > maxFrame_};
    const bool blank = !frame.oversized && isBlank(line);
    if (!frame.oversized && !blank) frame.text = line;
    start_ = end + 1;
    scanned_ = 0;
    dropping_ = false;
    if (!blank) return frame;
  }
}

std::optional<FrameSplitter::Frame> FrameSplitter::finish() {
  if (auto frame = next()) return frame;
  const std::string_view rest(buffer_.data() + start_, buffer_.size() - start_);
  if (!dropping_ && isBlank(rest)) return std::nullopt;
  Frame frame{dropping_ ? "" : std::string(rest), dropping_};
  buffer_.clear();
  start_ = scanned_ = 0;
  dropping_ = false;
  return frame;
}

}  // namespace windlass::kube
