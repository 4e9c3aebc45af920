// A tiny service with a fault: loopback-backend PORT REVISION FAULT MILLISECONDS [FLAG-FILE]
// "/v3" is its health check; everything else waits that long, then answers with its revision in X-Revision.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include <httplib.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Fault {
  std::string kind;  // none, every-50th, all-errors, unhealthy, crash, poisons-peer, stumbles
  std::string flagFile;
  std::atomic<int> requests{0};
  std::atomic<Clock::rep> firstRequest{0};

  bool fails() {
    const int number = ++requests;
    if (kind == "every-50th") return number % 50 == 0;
    if (kind == "all-errors") return true;
    // What the other revision wrote makes this one stumble.
    if (kind == "stumbles") return number % 10 == 0 && access(flagFile.c_str(), F_OK) == 0;
    return false;
  }

  void act(const std::string& method) {
    if (kind == "poisons-peer" && method == "POST") std::ofstream(flagFile) << "written by the new code\n";
    if (kind != "crash") return;
    Clock::rep none = 0;
    const Clock::rep now = Clock::now().time_since_epoch().count();
    firstRequest.compare_exchange_strong(none, now);
    if (Clock::duration(now - firstRequest.load()) > std::chrono::seconds(3)) _exit(1);
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const std::string revision = arguments[2];
  const auto delay = std::chrono::milliseconds(std::atoi(arguments[4]));
  Fault fault;
  fault.kind = arguments[3];
  fault.flagFile = count > 5 ? arguments[5] : "";
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  server.Get("/v3", [&](const httplib::Request&, httplib::Response& answer) {
    answer.status = fault.kind == "unhealthy" ? 500 : 200;
  });
  const auto work = [&](const httplib::Request& request, httplib::Response& answer) {
    fault.act(request.method);
    std::this_thread::sleep_for(delay);
    answer.set_header("X-Revision", revision);
    answer.status = fault.fails() ? 500 : 200;
  };
  server.Get("/v3/.*", work);
  server.Post("/v3/.*", work);
  return server.listen("127.0.0.1", std::atoi(arguments[1])) ? 0 : 1;
}
