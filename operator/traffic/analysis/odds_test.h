#pragma once
// A sequential test of an odds ratio that may be looked at after every window. Pure.
//
// Each window is a 2x2 table: good and bad requests of canary and stable. The gateway draws the revision of each
// request by lot, so given the table's margins the number of bad requests of the canary follows Fisher's noncentral
// hypergeometric law with the odds ratio w alone as parameter: whatever the rates were, and however they moved from one
// window to the next (a slow database, a rush of bad requests), they cancel, because both revisions had them in the
// same window. (Conditioning stratum by stratum: Cochran 1954, Mantel and Haenszel 1959.)
//
// The likelihood ratio of "w = w1" against "w = w0", multiplied over the windows and averaged over several w1, has
// expectation at most 1 as long as the truth is on w0's side (the family has a monotone likelihood ratio). So it
// exceeds 1/a at any time ever with probability at most a (Ville 1939): a mixture sequential probability ratio test
// (Robbins 1970), whose running minimum of 1/value is an always-valid p-value (Johari, Koomen, Pekelis, Walsh, "Always
// Valid Inference", Operations Research 70(3), 2022); an e-process for 2x2 tables (Turner, Ly, Grunwald 2024).
#include <array>
#include <cstdint>

namespace windlass::ops {

struct Table {
  std::uint64_t canaryBad = 0, canaryAll = 0, stableBad = 0, stableAll = 0;
};

// log of E over x of exp(x log(odds)), x the canary's bad ones given the margins, up to a constant that is the same for
// all odds: the normaliser of the noncentral hypergeometric law. Exposed for its tests.
double logNormaliser(const Table& margins, double odds);

// log of the likelihood ratio odds : nullOdds of one table. 0 for a table that says nothing.
double logLikelihoodRatio(const Table& table, double odds, double nullOdds);

// Evidence against "the odds ratio is at most nullOdds" (Worse) or "at least nullOdds" (Better).
class OddsTest {
 public:
  enum class Against { AtMost, AtLeast };
  static constexpr std::size_t kAlternatives = 7;
  using Logs = std::array<double, kAlternatives>;

  // `logs`: where an earlier test stopped.
  OddsTest(Against against, double nullOdds, const Logs& logs = {})
      : against_(against), nullOdds_(nullOdds), logs_(logs) {}

  void add(const Table& table);
  // log of the e-value: rejects at level a when it is at least log(1/a).
  double logEvidence() const { return logMeanOf(logs_); }
  static double logMeanOf(const Logs& logs);
  const Logs& logs() const { return logs_; }

 private:
  double alternative(std::size_t index) const;

  Against against_;
  double nullOdds_;
  Logs logs_{};
};

}  // namespace windlass::ops
