#include "operator/traffic/analysis/proportion.h"

#include <cmath>

#include "operator/traffic/analysis/log_gamma.h"

namespace windlass::ops {
namespace {

double logBeta(double a, double b) {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

// x log(y), with 0 log(0) = 0.
double times(double x, double logarithm) {
  return x > 0 ? x * logarithm : 0;
}

class Martingale {
 public:
  explicit Martingale(const Proportion& seen)
      : seen_(seen), mixture_(logBeta(seen.bad + 0.5, seen.all - seen.bad + 0.5) - logBeta(0.5, 0.5)) {}

  double logAt(double p) const {
    return mixture_ - times(seen_.bad, std::log(p)) - times(seen_.all - seen_.bad, std::log1p(-p));
  }

  // Where the martingale reaches `limit` between the observed rate, where it is least, and `edge` (0 or 1).
  double crossing(double edge, double limit) const {
    double inside = seen_.rate(), outside = edge;
    for (int i = 0; i < 40; ++i) {
      const double middle = (inside + outside) / 2;
      (logAt(middle) < limit ? inside : outside) = middle;
    }
    return outside;
  }

 private:
  Proportion seen_;
  double mixture_;
};

}  // namespace

Bounds boundsOf(const Proportion& seen, double alpha) {
  if (seen.all <= 0) return {0, 1};
  const Martingale martingale(seen);
  const double limit = -std::log(alpha);
  return {seen.bad > 0 ? martingale.crossing(0, limit) : 0, seen.bad < seen.all ? martingale.crossing(1, limit) : 1};
}

Bounds differenceBounds(const Proportion& first, const Proportion& second, double alpha) {
  const Bounds a = boundsOf(first, alpha / 2), b = boundsOf(second, alpha / 2);
  return {a.low - b.high, a.high - b.low};
}

}  // namespace windlass::ops
