#include "operator/cli/watch_command.h"

#include <thread>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/cli/run_tree.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::Json;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kLookAgain{1};  // a picture's times go on
constexpr seconds kPause{2};      // before an API server that did not answer is asked again

std::int64_t secondsSinceEpoch() {
  return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// nullopt: it goes on.
using End = std::optional<kube::Result<std::string>>;

bool isPassing(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Unavailable:
    case ErrorKind::Transport:
    case ErrorKind::Timeout:
    case ErrorKind::TooManyRequests:
    case ErrorKind::Internal:
    case ErrorKind::Expired:
      return true;
    default:
      return false;
  }
}

End failed(ErrorKind kind, std::string message) {
  return kube::Result<std::string>(kube::fail(kind, std::move(message)));
}

class RunWatch {
 public:
  RunWatch(kube::Client& client, const WatchFlags& flags, const WatchView& view)
      : client_(client),
        key_{flags.run.ns, flags.run.name},
        flags_(flags),
        view_(view),
        end_(flags.timeout.count() > 0 ? steady_clock::now() + flags.timeout : steady_clock::time_point::max()) {}

  kube::Result<std::string> toTheEnd();

 private:
  End look();
  End follow();
  End take(const kube::WatchEvent& event);
  End verdict() const;
  End trouble(const kube::Error& error);
  void readPlan();
  void changeTo(Json run);
  void draw();

  kube::Client& client_;
  const kube::ObjectKey key_;
  const WatchFlags& flags_;
  const WatchView& view_;
  const steady_clock::time_point end_;
  Json plan_, run_;
  std::string problem_;  // why the API server is not heard, "" = it is
};

// What the run was made of; that it is not there any more is no reason to see nothing.
void RunWatch::readPlan() {
  const std::string name = kube::stringAt(run_, "/spec/plan");
  if (name.empty() || kube::nameOf(plan_) == name) return;
  auto plan = client_.get(kUpgradePlanKind, {key_.ns, name});
  plan_ = plan ? std::move(*plan) : Json();
}

void RunWatch::changeTo(Json run) {
  const Json before = std::exchange(run_, std::move(run));
  readPlan();
  if (view_.isLive) return draw();
  if (before.is_null()) return view_.show(runTree(plan_, run_, {.now = secondsSinceEpoch()}));
  for (const std::string& line : newsOf(before, run_)) view_.show(line + "\n");
}

void RunWatch::draw() {
  if (!view_.isLive || run_.is_null()) return;
  const auto [columns, rows] = view_.size();
  std::string picture = runTree(plan_, run_, {.now = secondsSinceEpoch(), .columns = columns, .rows = rows});
  if (!problem_.empty()) picture += "(as it was) " + problem_ + "\n";
  view_.show(picture);
}

End RunWatch::verdict() const {
  const std::string mode = kube::stringAt(run_, "/status/mode"), why = kube::stringAt(run_, "/status/why");
  if (mode == "Done") return kube::Result<std::string>(key_.name + " is Done\n");
  if (mode == "Aborted")
    return failed(ErrorKind::Invalid, fmt::format("{} was taken back: {}; the cloud runs {} as before", key_.name, why,
                                                  kube::stringAt(plan_, "/spec/from", "what it ran")));
  if (mode == "Failed")
    return failed(ErrorKind::Invalid,
                  fmt::format("{} stopped: {}; see windlass upgrade status {}", key_.name, why, key_.name));
  return std::nullopt;
}

// What passes is said and waited for.
End RunWatch::trouble(const kube::Error& error) {
  if (!isPassing(error.kind))
    return kube::Result<std::string>(kube::wrap("cannot read UpgradeRun " + key_.toString(), error));
  const std::string text = "the API server is asked again: " + error.message;
  if (text != std::exchange(problem_, text) && !view_.isLive) view_.show(text + "\n");
  draw();
  for (auto until = steady_clock::now() + kPause; steady_clock::now() < until && !view_.isStopped();)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return std::nullopt;
}

End RunWatch::take(const kube::WatchEvent& event) {
  if (event.type == kube::WatchEventType::Deleted)
    return failed(ErrorKind::NotFound, "UpgradeRun " + key_.toString() + " was deleted");
  if (event.type == kube::WatchEventType::Bookmark || event.type == kube::WatchEventType::Error) return std::nullopt;
  if (kube::nameOf(event.object) != key_.name) return std::nullopt;
  changeTo(event.object);
  return verdict();
}

End RunWatch::look() {
  auto run = client_.get(kUpgradeRunKind, key_);
  if (!run) return trouble(run.error());
  problem_.clear();
  changeTo(std::move(*run));
  if (auto over = verdict()) return over;
  return follow();
}

// Until the watch ends, which is no news.
End RunWatch::follow() {
  kube::WatchOptions options;
  options.ns = key_.ns;
  options.fieldSelector = "metadata.name=" + key_.name;
  options.resourceVersion = kube::resourceVersionOf(run_);
  auto stream = client_.watch(kUpgradeRunKind, options);
  if (!stream) return trouble(stream.error());
  while (steady_clock::now() < end_ && !view_.isStopped()) {
    auto event = (*stream)->next(kLookAgain);
    if (!event && event.error().kind == ErrorKind::Timeout) {
      draw();
    } else if (!event) {
      return trouble(event.error());
    } else if (!*event || (*event)->type == kube::WatchEventType::Error) {
      return std::nullopt;
    } else if (auto over = take(**event)) {
      return over;
    }
  }
  return std::nullopt;
}

kube::Result<std::string> RunWatch::toTheEnd() {
  while (steady_clock::now() < end_ && !view_.isStopped())
    if (auto over = look()) return std::move(*over);
  if (view_.isStopped()) return kube::fail(ErrorKind::Cancelled, "not watched any more; the run goes on");
  return kube::fail(ErrorKind::Timeout, fmt::format("{} is not over after {}; it goes on, and waits for {}", key_.name,
                                                    durationText(flags_.timeout.count()),
                                                    kube::stringAt(run_, "/status/waitingFor", "nothing")));
}

}  // namespace

kube::Result<std::string> watchRun(kube::Client& client, const WatchFlags& flags, const WatchView& view) {
  return RunWatch(client, flags, view).toTheEnd();
}

}  // namespace windlass::ops
