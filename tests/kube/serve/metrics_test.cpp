#include "kube/serve/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windlass::kube::metrics_test {
namespace {

using testing::HasSubstr;

TEST(Metrics, TextHoldsEveryMetricWithItsLabels) {
  Metrics metrics;
  metrics.counter("windlass_things_total", "Things.", {{"kind", "a"}}).add(2);
  metrics.counter("windlass_things_total", "Things.", {{"kind", "a"}}).add();
  metrics.gauge("windlass_level", "Level.").set(7);
  metrics.histogram("windlass_seconds", "Time.", {}, exponentialBuckets(0.1, 10, 2)).observe(0.5);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# TYPE windlass_things_total counter"));
  EXPECT_THAT(text, HasSubstr("windlass_things_total{kind=\"a\"} 3"));
  EXPECT_THAT(text, HasSubstr("windlass_level 7"));
  EXPECT_THAT(text, HasSubstr("windlass_seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("windlass_seconds_bucket{le=\"1\"} 1"));
}

TEST(Metrics, AnEmptyHandleDoesNothing) {
  CounterHandle().add();
  GaugeHandle().set(1);
  HistogramHandle().observe(1);
  EXPECT_EQ(GaugeHandle().value(), 0);
}

}  // namespace
}  // namespace windlass::kube::metrics_test
