#pragma once
// `windlass upgrade watch`: a run as it goes, until it is over.
#include <chrono>
#include <functional>
#include <string>

#include "kube/client/client.h"
#include "operator/cli/upgrade_command.h"

namespace windlass::ops {

struct ViewSize {
  std::size_t columns = 0, rows = 0;  // 0: as many as there are
};

// Where a watch shows what it sees. All on the thread that watches.
struct WatchView {
  bool isLive = false;  // a picture that is drawn anew (a terminal); else a line for each change (a pipe, a log)
  std::function<ViewSize()> size = [] { return ViewSize{}; };
  std::function<void(const std::string&)> show;            // the picture, or lines
  std::function<bool()> isStopped = [] { return false; };  // asked each second
};

struct WatchFlags {
  UpgradeFlags run;
  std::chrono::seconds timeout{0};  // 0: none
};

// Returns a sentence when the run is Done. An error: it was aborted or stopped by a failure (Invalid; the message says
// why and what may be done), is not there (NotFound), or `timeout` is over (Timeout). An API server that does not
// answer is asked again, and said so, for as long as that takes.
kube::Result<std::string> watchRun(kube::Client& client, const WatchFlags& flags, const WatchView& view);

}  // namespace windlass::ops
