#include "operator/reconcile/pod_logs.h"

#include <system_error>
#include <thread>

namespace windlass::ops {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
// A share is taken away seconds after the verdict, whatever hangs.
constexpr std::chrono::milliseconds kLogTimeout{3000};

}  // namespace

void readPodLogs(kube::Client& client, const std::string& ns, const LogMarks& marks, std::vector<PodLog>& logs) {
  std::vector<std::thread> threads;
  for (PodLog& log : logs) {
    const auto mark = marks.find(log.pod);
    if (mark == marks.end()) continue;
    const auto one = [&client, &log, ns, since = mark->second / kNanoseconds] {
      log.text = client.readLog(
          {ns, log.pod},
          {.container = log.container, .sinceSeconds = since, .limitBytes = kMostLogBytes, .timeout = kLogTimeout});
    };
    try {
      threads.emplace_back(one);
    } catch (const std::system_error&) {  // no thread to be had: then one after the other
      one();
    }
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace windlass::ops
