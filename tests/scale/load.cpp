// scale-load: what happens in the cluster.
//   scale-load nodes COUNT
//   scale-load crews COUNT
//   scale-load pods COUNT NODES CREWS     pods are spread over both
//   scale-load mark COUNT RATE CREWS PODS  writes the time on crews and pods in turn, RATE of them a second
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "crews.h"

namespace windlass::kube::scale {
namespace {

constexpr int kWriters = 32;

Json node(int i) {
  Json node = newObject(kinds::Node, {"", "node-" + std::to_string(i)});
  node["metadata"]["annotations"] = {{"kwok.x-k8s.io/node", "fake"}};
  const Json room{{"cpu", "64"}, {"memory", "256Gi"}, {"pods", "500"}};
  node["status"] = {{"allocatable", room}, {"capacity", room}};
  return node;
}

Json crew(int i) {
  Json crew = newObject(kCrew, {kNamespace, "crew-" + std::to_string(i)});
  crew["spec"]["size"] = 10;
  return crew;
}

Json pod(int i, int nodes, int crews) {
  Json pod = newObject(kinds::Pod, {kNamespace, "pod-" + std::to_string(i)});
  pod["metadata"]["labels"] = {{kCrewLabel, "crew-" + std::to_string(i % crews)}};
  pod["spec"] = {{"nodeName", "node-" + std::to_string(i % nodes)}};
  pod["spec"]["containers"] = Json::array({{{"name", "main"}, {"image", "registry.example.org/none:1"}}});
  return pod;
}

// Calls `write` for 0 .. count-1 from a few threads; the exit code.
int each(int count, const std::function<Status(int)>& write) {
  std::atomic<int> next{0}, failed{0};
  const auto work = [&] {
    for (int i = next++; i < count; i = next++) {
      if (i % 1000 == 999) std::printf("%d of %d\n", i + 1, count), std::fflush(stdout);
      const Status done = write(i);
      if (done) continue;
      if (failed++ == 0) std::fprintf(stderr, "%s\n", done.error().toString().c_str());
    }
  };
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) writers.emplace_back(work);
  for (std::thread& writer : writers) writer.join();
  if (failed > 0) std::fprintf(stderr, "%d of %d writes failed\n", failed.load(), count);
  return failed > 0 ? 1 : 0;
}

Status create(Client& client, const ResourceKind& kind, const Json& object) {
  WINDLASS_TRY(client.create(kind, object));
  return {};
}

Status mark(Client& client, const ResourceKind& kind, const std::string& name) {
  const Json patch{{"metadata", {{"annotations", {{kSentAt, std::to_string(nowNs())}}}}}};
  WINDLASS_TRY(client.patch(kind, {kNamespace, name}, PatchType::Merge, patch));
  return {};
}

// Writes at fixed times, whatever each takes, so that a slow answer does not hide the ones behind it.
int marks(Client& client, int count, int rate, int crews, int pods) {
  const auto start = std::chrono::steady_clock::now();
  return each(count, [&](int i) {
    std::this_thread::sleep_until(start + std::chrono::microseconds(1'000'000LL * i / rate));
    // Strides that meet every object before one of them twice.
    return i % 2 == 0 ? mark(client, kCrew, "crew-" + std::to_string(i / 2 % crews))
                      : mark(client, kinds::Pod, "pod-" + std::to_string(i / 2 % pods));
  });
}

int run(const std::vector<std::string>& words) {
  const auto number = [&words](std::size_t i) { return i < words.size() ? std::atoi(words[i].c_str()) : 0; };
  const auto client = connectOrExit("scale-load");
  const std::string what = words.empty() ? "" : words[0];
  const int count = number(1);
  if (what == "nodes" && count > 0) return each(count, [&](int i) { return create(*client, kinds::Node, node(i)); });
  if (what == "crews" && count > 0) return each(count, [&](int i) { return create(*client, kCrew, crew(i)); });
  if (what == "pods" && count > 0 && number(2) > 0 && number(3) > 0)
    return each(count, [&](int i) { return create(*client, kinds::Pod, pod(i, number(2), number(3))); });
  if (what == "mark" && count > 0 && number(2) > 0 && number(3) > 0 && number(4) > 0)
    return marks(*client, count, number(2), number(3), number(4));
  std::fprintf(stderr, "usage: scale-load nodes|crews COUNT | pods COUNT NODES CREWS | mark COUNT RATE CREWS PODS\n");
  return 2;
}

}  // namespace
}  // namespace windlass::kube::scale

int main(int argc, char** argv) {
  return windlass::kube::scale::run({argv + 1, argv + argc});
}
