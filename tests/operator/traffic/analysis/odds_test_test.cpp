// The sequential odds test: exact arithmetic, and the promise that makes looking at any time allowed.
#include "operator/traffic/analysis/odds_test.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

double choose(double n, double k) {
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

// The law of the canary's bad ones given the margins, by brute force.
std::vector<double> law(const Table& margins, double odds) {
  const auto bad = static_cast<double>(margins.canaryBad + margins.stableBad);
  const auto canary = static_cast<double>(margins.canaryAll), stable = static_cast<double>(margins.stableAll);
  std::vector<double> out;
  double sum = 0;
  for (double x = 0; x <= canary; ++x) {
    const bool possible = x <= bad && bad - x <= stable;
    out.push_back(possible ? choose(canary, x) * choose(stable, bad - x) * std::pow(odds, x) : 0);
    sum += out.back();
  }
  for (double& value : out) value /= sum;
  return out;
}

const Table kMargins{3, 12, 6, 40};  // 9 bad ones among 52

Table withCanaryBad(std::uint64_t bad) {
  Table table = kMargins;
  table.stableBad = table.canaryBad + table.stableBad - bad;
  table.canaryBad = bad;
  return table;
}

TEST(OddsTest, LikelihoodRatioIsThatOfTheNoncentralHypergeometricLaw) {
  const std::vector<double> null = law(kMargins, 1.5), other = law(kMargins, 6);
  for (std::uint64_t x = 0; x <= 9; ++x)
    EXPECT_NEAR(logLikelihoodRatio(withCanaryBad(x), 6, 1.5), std::log(other[x] / null[x]), 1e-9) << x;
}

TEST(OddsTest, ExpectationUnderTheNullIsOneAndBelowItLess) {
  for (const double truth : {1.5, 1.0, 0.2}) {
    const std::vector<double> probability = law(kMargins, truth);
    double expectation = 0;
    for (std::uint64_t x = 0; x <= 9; ++x) {
      OddsTest test(OddsTest::Against::AtMost, 1.5);
      test.add(withCanaryBad(x));
      expectation += probability[x] * std::exp(test.logEvidence());
    }
    if (truth == 1.5) {
      EXPECT_NEAR(expectation, 1, 1e-9);
    } else {
      EXPECT_LT(expectation, 1) << truth;
    }
  }
}

TEST(OddsTest, HugeTablesAreSummedWithoutOverflow) {
  const Table table{30000, 500000, 30000, 500000};
  EXPECT_LT(logLikelihoodRatio(table, 4, 1), -1000);
  EXPECT_TRUE(std::isfinite(logLikelihoodRatio(table, 400, 1)));
}

TEST(OddsTest, TablesWithoutInformationSayNothing) {
  for (const Table& table : {Table{0, 0, 0, 0}, Table{0, 10, 0, 10}, Table{10, 10, 10, 10}, Table{3, 10, 0, 0}}) {
    OddsTest test(OddsTest::Against::AtMost, 1);
    test.add(table);
    EXPECT_EQ(test.logEvidence(), 0);
  }
}

// One run: does the evidence ever reach log(1/alpha) in 300 looks?
bool everRejects(double canaryRate, double stableRate, double nullOdds, double alpha, std::mt19937_64& random) {
  OddsTest test(OddsTest::Against::AtMost, nullOdds);
  for (int look = 0; look < 300; ++look) {
    // Everything gets much worse for both for a while: the rates cancel.
    const double shock = look >= 50 && look < 80 ? 10 : 1;
    const auto draw = [&](std::uint64_t n, double rate) {
      return std::binomial_distribution<std::uint64_t>(n, rate * shock)(random);
    };
    test.add({draw(20, canaryRate), 20, draw(180, stableRate), 180});
    if (test.logEvidence() >= -std::log(alpha)) return true;
  }
  return false;
}

TEST(OddsTest, LookingAfterEveryWindowKeepsTheLevel) {
  constexpr double kAlpha = 0.05;
  std::mt19937_64 random(20261124);
  int rejected = 0;
  for (int run = 0; run < 400; ++run) rejected += everRejects(0.01, 0.01, 1, kAlpha, random) ? 1 : 0;
  // Binomial(400, 0.05) exceeds 34 with probability 0.001.
  EXPECT_LE(rejected, 34);
}

TEST(OddsTest, ADifferenceIsFound) {
  std::mt19937_64 random(20261124);
  int rejected = 0;
  for (int run = 0; run < 50; ++run) rejected += everRejects(0.03, 0.01, 1, 0.001, random) ? 1 : 0;
  EXPECT_EQ(rejected, 50);
}

TEST(OddsTest, AgainstAtLeastIsTheMirror) {
  OddsTest test(OddsTest::Against::AtLeast, 2);
  for (int i = 0; i < 40; ++i) test.add({1, 100, 10, 1000});
  EXPECT_GT(test.logEvidence(), 3);
}

}  // namespace
}  // namespace windlass::ops
