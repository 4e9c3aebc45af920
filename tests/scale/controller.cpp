// scale-controller FILE: counts the running pods of each crew into its status. It writes into FILE how many
// milliseconds lay between each marked write and the reconcile that saw it, one a line.
#include <fstream>
#include <mutex>
#include <set>

#include "crews.h"
#include "kube/runtime/manager.h"

namespace windlass::kube::scale {
namespace {

// Which marks a reconcile has seen, and how old they were then.
class Latencies {
 public:
  explicit Latencies(const std::string& path) : file_(path) {}

  void saw(const Json& object, std::int64_t now) {
    const std::int64_t sent = sentAt(object);
    if (sent == 0) return;
    const std::lock_guard lock(mutex_);
    if (known_.insert(sent).second) file_ << static_cast<double>(now - sent) / 1e6 << std::endl;
  }

 private:
  std::mutex mutex_;
  std::set<std::int64_t> known_;
  std::ofstream file_;
};

// Of 20 000 pods the labels, the mark and the phase are wanted.
void keepPhase(Json& pod) {
  const std::string phase = stringAt(pod, "/status/phase"), mark = annotationOf(pod, kSentAt);
  pod.erase("spec");
  pod["status"] = {{"phase", phase}};
  pod["metadata"].erase("annotations");
  if (!mark.empty()) pod["metadata"]["annotations"] = {{kSentAt, mark}};
}

int run(const std::string& file) {
  const auto client = connectOrExit("scale-controller");
  ManagerOptions options;
  options.component = "scale-controller";
  Manager manager(client, options);
  manager.handleSignals();
  Informer& crews = manager.informer(kCrew);
  InformerOptions podOptions;
  podOptions.labelSelector = kCrewLabel;
  podOptions.projection = keepPhase;
  Informer& pods = manager.informer(kinds::Pod, podOptions);
  pods.addIndex("crew", [](const Json& pod) { return std::vector<std::string>{labelOf(pod, kCrewLabel)}; });

  Latencies latencies(file);
  const auto reconcile = [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const std::int64_t now = nowNs();
    const ObjectPtr crew = crews.get(key);
    if (!crew) return ReconcileOutcome{};
    latencies.saw(*crew, now);
    int aboard = 0;
    for (const ObjectPtr& pod : pods.byIndex("crew", key.name)) {
      latencies.saw(*pod, now);
      if (stringAt(*pod, "/status/phase") == "Running") ++aboard;
    }
    if (find(*crew, "/status/aboard") && intAt(*crew, "/status/aboard") == aboard) return ReconcileOutcome{};
    Json status = newObject(kCrew, key);
    status["status"]["aboard"] = aboard;
    WINDLASS_TRY(client->apply(kCrew, status, {options.component, true, false}, "status"));
    return ReconcileOutcome{};
  };
  manager.controller("crew", reconcile)
      .watches(crews, mapToSelf(), specChanged)
      .watches(pods, mapToLabel(kCrewLabel))
      .workers(4);
  const Status ended = manager.run();
  if (!ended) std::fprintf(stderr, "%s\n", ended.error().toString().c_str());
  return ended ? 0 : 1;
}

}  // namespace
}  // namespace windlass::kube::scale

int main(int argc, char** argv) {
  if (argc == 2) return windlass::kube::scale::run(argv[1]);
  std::fprintf(stderr, "usage: scale-controller FILE\n");
  return 2;
}
