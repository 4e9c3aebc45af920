#pragma once
// stdout as a place for a picture that is drawn anew, when it is a terminal.
#include "operator/cli/watch_command.h"

namespace windlass::ops {

// Draws over what it drew last (ECMA-48: CUU, ED). On a pipe or with TERM=dumb: appends. Flushes.
WatchView stdoutView();

}  // namespace windlass::ops
