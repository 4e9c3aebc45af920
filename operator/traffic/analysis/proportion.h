#pragma once
// A confidence sequence for a proportion: bounds that hold at all times together, so one may look whenever one likes.
// Pure.
//
// {p : B(x + 1/2, n - x + 1/2) / B(1/2, 1/2) < p^x (1 - p)^(n - x) / a}: the beta-binomial mixture martingale of
// Robbins (1970), exact and time-uniform (Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 49(2), 2021). It
// takes the trials of one revision for exchangeable; the comparisons that reject a canary need the odds test as well,
// which does not.
#include <cstdint>

namespace windlass::ops {

struct Proportion {
  double bad = 0, all = 0;
  double rate() const { return all > 0 ? bad / all : 0; }
};

struct Bounds {
  double low = 0, high = 1;
};

// Both bounds hold at all times with probability at least 1 - alpha.
Bounds boundsOf(const Proportion& seen, double alpha);

// For first - second, of two independent ones; alpha for both together.
Bounds differenceBounds(const Proportion& first, const Proportion& second, double alpha);

}  // namespace windlass::ops
