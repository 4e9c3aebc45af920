#pragma once
// Metrics in the Prometheus text format. A thin handle layer over prometheus-cpp's registry, so that only this room
// includes its headers. A metric lives as long as its Metrics; handles are plain values and may be copied.
//
// Threads: everything may be called from any thread. A default-constructed handle does nothing.
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace windlass::kube {

using MetricLabels = std::map<std::string, std::string>;

class CounterHandle {
 public:
  CounterHandle() = default;
  explicit CounterHandle(prometheus::Counter* counter) : counter_(counter) {}
  void add(double amount = 1) const;
  double value() const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

class GaugeHandle {
 public:
  GaugeHandle() = default;
  explicit GaugeHandle(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void set(double value) const;
  void add(double amount = 1) const;
  double value() const;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

class HistogramHandle {
 public:
  HistogramHandle() = default;
  explicit HistogramHandle(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One metric for each name and labels: asking twice gives the same one. Help is the first one given for the name.
  CounterHandle counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  GaugeHandle gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  HistogramHandle histogram(const std::string& name, const std::string& help, const MetricLabels& labels,
                            const std::vector<double>& buckets);
  // Prometheus exposition format 0.0.4.
  std::string text() const;

  // The registry of the process, served at /metrics.
  static Metrics& process();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `count` bounds, each `factor` times the one before.
std::vector<double> exponentialBuckets(double start, double factor, int count);

}  // namespace windlass::kube
