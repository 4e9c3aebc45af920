// Two controllers, each with a finalizer of its own, on the same objects at the same time.
#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/controller_loop.h"
#include "kube/runtime/object_informer.h"
#include "tests/kube/runtime/fake_clock.h"

namespace windlass::kube::faults {
namespace {

using testing_support::eventually;

// A controller that claims something for each object, and gives it back when the object goes.
class Claimer {
 public:
  Claimer(FakeApiServer& server, std::string finalizer)
      : finalizer_(std::move(finalizer)),
        informer_(server, kinds::ConfigMap, {}),
        loop_(finalizer_, reconciler(server), metrics_, systemClock(), impatient()) {
    loop_.watches(informer_, mapToSelf(), nullptr).workers(2);
    informer_.start();
    loop_.start();
  }
  ~Claimer() {
    loop_.stop();
    informer_.stop();
  }
  int claims() const { return claims_; }
  int returns() const { return returns_; }
  int unguarded() const { return unguarded_; }

 private:
  // Lost races come back at once: the test is about the races, not about the rate.
  static KeyRatePolicy impatient() {
    return {std::chrono::milliseconds(1), std::chrono::milliseconds(5), 1e6, 1000000};
  }

  Reconciler reconciler(FakeApiServer& server) {
    return [this, &server](const ObjectKey& key) -> Result<ReconcileOutcome> {
      const ObjectPtr object = informer_.get(key);
      if (!object || (isDeleting(*object) && !hasFinalizer(*object, finalizer_))) return ReconcileOutcome{};
      if (isDeleting(*object)) {
        ++returns_;
        return patched(server, key, removeFinalizerPatch(*object, finalizer_));
      }
      if (const Json patch = addFinalizerPatch(*object, finalizer_); !patch.empty()) return patched(server, key, patch);
      // The first side effect: the finalizer is stored.
      const auto stored = server.get(kinds::ConfigMap, key);
      if (stored && !hasFinalizer(*stored, finalizer_)) ++unguarded_;
      ++claims_;
      return ReconcileOutcome{};
    };
  }

  // A patch whose `test` fails is answered with 422; here it is a lost race, to be tried again.
  static Result<ReconcileOutcome> patched(FakeApiServer& server, const ObjectKey& key, const Json& patch) {
    auto stored = server.patch(kinds::ConfigMap, key, PatchType::Json, patch);
    if (stored || stored.error().kind == ErrorKind::NotFound) return ReconcileOutcome{};
    if (stored.error().kind != ErrorKind::Invalid) return fail(std::move(stored).error());
    return fail(ErrorKind::Conflict, "someone else wrote first");
  }

  const std::string finalizer_;
  Metrics metrics_;
  std::atomic<int> claims_{0}, returns_{0}, unguarded_{0};
  ObjectInformer informer_;
  ControllerLoop loop_;
};

TEST(FinalizerRace, F18_NeitherOfTwoControllersLosesItsFinalizer) {
  constexpr int kObjects = 40;
  FakeApiServer server;
  Claimer one(server, "windlass.dev/one");
  Claimer two(server, "windlass.dev/two");
  const auto key = [](int i) { return ObjectKey{"ns", "o" + std::to_string(i)}; };
  for (int i = 0; i < kObjects; ++i) server.create(kinds::ConfigMap, newObject(kinds::ConfigMap, key(i)));
  const auto all = [&](const auto& condition) {
    return eventually([&] {
      for (int i = 0; i < kObjects; ++i)
        if (!condition(server.get(kinds::ConfigMap, key(i)))) return false;
      return true;
    });
  };
  ASSERT_TRUE(all([](const Result<Json>& object) {
    return object && hasFinalizer(*object, "windlass.dev/one") && hasFinalizer(*object, "windlass.dev/two");
  }));
  ASSERT_TRUE(eventually([&] { return one.claims() >= kObjects && two.claims() >= kObjects; }));
  EXPECT_EQ(one.unguarded() + two.unguarded(), 0);
  for (int i = 0; i < kObjects; ++i) ASSERT_TRUE(server.remove(kinds::ConfigMap, key(i)));
  ASSERT_TRUE(all([](const Result<Json>& object) { return !object; }));
  EXPECT_GE(one.returns(), kObjects);
  EXPECT_GE(two.returns(), kObjects);
}

}  // namespace
}  // namespace windlass::kube::faults
