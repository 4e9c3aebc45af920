#include "kube/serve/metrics.h"

#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace windlass::kube {

void CounterHandle::add(double amount) const {
  if (counter_) counter_->Increment(amount);
}
double CounterHandle::value() const {
  return counter_ ? counter_->Value() : 0;
}

void GaugeHandle::set(double value) const {
  if (gauge_) gauge_->Set(value);
}
void GaugeHandle::add(double amount) const {
  if (gauge_) gauge_->Increment(amount);
}
double GaugeHandle::value() const {
  return gauge_ ? gauge_->Value() : 0;
}

void HistogramHandle::observe(double value) const {
  if (histogram_) histogram_->Observe(value);
}

// Families are kept here because the registry refuses to build the same one twice.
struct Metrics::Impl {
  prometheus::Registry registry;
  std::mutex mutex;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;

  template <class Builder, class Family>
  Family& family(std::map<std::string, Family*>& known, Builder builder, const std::string& name,
                 const std::string& help) {
    Family*& found = known[name];
    if (!found) found = &builder.Name(name).Help(help).Register(registry);
    return *found;
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

CounterHandle Metrics::counter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return CounterHandle(&impl_->family(impl_->counters, prometheus::BuildCounter(), name, help).Add(labels));
}

GaugeHandle Metrics::gauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return GaugeHandle(&impl_->family(impl_->gauges, prometheus::BuildGauge(), name, help).Add(labels));
}

HistogramHandle Metrics::histogram(const std::string& name, const std::string& help, const MetricLabels& labels,
                                   const std::vector<double>& buckets) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = impl_->family(impl_->histograms, prometheus::BuildHistogram(), name, help);
  return HistogramHandle(&family.Add(labels, buckets));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

Metrics& Metrics::process() {
  static Metrics metrics;
  return metrics;
}

std::vector<double> exponentialBuckets(double start, double factor, int count) {
  std::vector<double> bounds;
  for (int i = 0; i < count; ++i, start *= factor) bounds.push_back(start);
  return bounds;
}

}  // namespace windlass::kube
