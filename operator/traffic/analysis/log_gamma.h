#pragma once
#include <cmath>

namespace windlass::ops {

// ln Γ(x) for x > 0. std::lgamma writes a global, so two threads may not call it at once.
inline double logGamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

}  // namespace windlass::ops
