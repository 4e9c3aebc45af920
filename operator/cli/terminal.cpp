#include "operator/cli/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace windlass::ops {
namespace {

bool isTerminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

// The last row stays free: it is where the cursor is.
ViewSize sizeOfStdout() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2) return {};
  return {size.ws_col, size.ws_row - 1U};
}

}  // namespace

WatchView stdoutView() {
  WatchView view;
  view.isLive = isTerminal();
  view.size = &sizeOfStdout;
  const auto drawn = std::make_shared<std::ptrdiff_t>(0);  // lines of the last picture
  view.show = [drawn, isLive = view.isLive](const std::string& text) {
    if (isLive && *drawn > 0) std::cout << "\x1b[" << *drawn << "A\r\x1b[J";
    std::cout << text << std::flush;
    *drawn = std::count(text.begin(), text.end(), '\n');
  };
  return view;
}

}  // namespace windlass::ops
