#include "operator/traffic/analysis/odds_test.h"

#include <algorithm>
#include <cmath>

#include "operator/traffic/analysis/log_gamma.h"

namespace windlass::ops {
namespace {

// How far from the null the alternatives lie. A mixture over a wide grid costs log(7) = 1.9 of evidence and is near
// the best single choice for everything between "a little worse" and "nothing works".
constexpr std::array<double, OddsTest::kAlternatives> kFactors = {1.5, 2.5, 4, 8, 20, 80, 400};

double logChoose(std::uint64_t n, std::uint64_t k) {
  const auto a = static_cast<double>(n), b = static_cast<double>(k);
  return logGamma(a + 1) - logGamma(b + 1) - logGamma(a - b + 1);
}

struct Margins {
  double canary, stable, bad;  // row and column totals
  double low, high;            // of the canary's bad ones

  explicit Margins(const Table& table)
      : canary(static_cast<double>(table.canaryAll)),
        stable(static_cast<double>(table.stableAll)),
        bad(static_cast<double>(table.canaryBad + table.stableBad)),
        low(std::max(0.0, bad - stable)),
        high(std::min(canary, bad)) {}

  // weight(x + 1) / weight(x) of the law; falls with x.
  double step(double x, double odds) const {
    return odds * (canary - x) * (bad - x) / ((x + 1) * (stable - bad + x + 1));
  }

  double mode(double odds) const {
    double below = low, above = high;
    while (below < above) {
      const double middle = std::floor((below + above) / 2);
      if (step(middle, odds) >= 1) {
        below = middle + 1;
      } else {
        above = middle;
      }
    }
    return below;
  }
};

}  // namespace

double logNormaliser(const Table& table, double odds) {
  const Margins margins(table);
  const double mode = margins.mode(odds);
  // Outward from the largest weight until nothing is added any more: a few standard deviations, not the whole support.
  constexpr double kNothing = 1e-17;
  double sum = 1, weight = 1;
  for (double x = mode; x < margins.high && weight > kNothing; ++x) sum += weight *= margins.step(x, odds);
  weight = 1;
  for (double x = mode; x > margins.low && weight > kNothing; --x) sum += weight /= margins.step(x - 1, odds);
  return logChoose(table.canaryAll, static_cast<std::uint64_t>(mode)) +
         logChoose(table.stableAll, static_cast<std::uint64_t>(margins.bad - mode)) + mode * std::log(odds) +
         std::log(sum);
}

double logLikelihoodRatio(const Table& table, double odds, double nullOdds) {
  const Margins margins(table);
  if (margins.low >= margins.high) return 0;
  return static_cast<double>(table.canaryBad) * std::log(odds / nullOdds) - logNormaliser(table, odds) +
         logNormaliser(table, nullOdds);
}

double OddsTest::alternative(std::size_t index) const {
  return against_ == Against::AtMost ? nullOdds_ * kFactors[index] : nullOdds_ / kFactors[index];
}

void OddsTest::add(const Table& table) {
  const Margins margins(table);
  if (margins.low >= margins.high) return;
  const double null = logNormaliser(table, nullOdds_);
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    const double odds = alternative(i);
    logs_[i] += static_cast<double>(table.canaryBad) * std::log(odds / nullOdds_) - logNormaliser(table, odds) + null;
  }
}

double OddsTest::logMeanOf(const Logs& logs) {
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - largest);
  return largest + std::log(sum / static_cast<double>(kAlternatives));
}

}  // namespace windlass::ops
