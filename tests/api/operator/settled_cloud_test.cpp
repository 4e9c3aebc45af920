// The reconciler against a real API server: what it applies is accepted as it stands, and once the cloud is settled the
// server's own forms and defaults do not make it write again. Workloads are marked ready by the test.
#include <gmock/gmock.h>

#include "cloud_fixture.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

using testing::HasSubstr;

class SettledCloud : public CloudApiTest {
 protected:
  void start() {
    counting_ = std::make_unique<MortalClient>(client(), 1'000'000);
    kubelet_ = std::make_unique<Kubelet>(client(), nullptr, ns());
    restart();
  }
  void restart() {
    reconciler_ =
        std::make_unique<CloudReconciler>(ReconcilerWorld{*counting_, events_}, realCatalog(), RenderContext{});
  }
  // Until neither writes any more, at most 40 rounds.
  void settle() {
    for (int round = 0; round < 40; ++round) {
      const int before = counting_->writes();
      const auto outcome = reconciler_->reconcile(key("demo"));
      ASSERT_TRUE(outcome) << outcome.error().toString();
      if (!kubelet_->step() && counting_->writes() == before) return;
    }
  }
  Json live() { return client().get(kOpenStackCloudKind, key("demo")).value_or(Json::object()); }

  RecordedEvents events_;
  std::unique_ptr<MortalClient> counting_;
  std::unique_ptr<Kubelet> kubelet_;
  std::unique_ptr<CloudReconciler> reconciler_;
};

TEST_F(SettledCloud, BecomesReadyAndThenMakesNoWrite) {
  start();
  ASSERT_OK(client().create(kOpenStackCloudKind, cloud(World::threeServicesSpec())));
  settle();
  ASSERT_TRUE(kube::isConditionTrue(live(), "Ready")) << live().dump(1);
  RecordProperty("writes_to_ready", counting_->writes());
  const int before = counting_->writes();
  for (int i = 0; i < 3; ++i) ASSERT_OK(reconciler_->reconcile(key("demo")));
  restart();  // the memory of an earlier process must not be what keeps it quiet
  ASSERT_OK(reconciler_->reconcile(key("demo")));
  EXPECT_EQ(counting_->writes(), before);
  for (const kube::EventSpec& event : events_.all) EXPECT_EQ(event.reason, "Ready") << event.note;
}

TEST_F(SettledCloud, SetsDriftBackOnce) {
  start();
  ASSERT_OK(client().create(kOpenStackCloudKind, cloud(smallSpec())));
  settle();
  const kube::ObjectKey gateway = key("demo-gateway");
  ASSERT_OK(client().patch(kube::kinds::Deployment, gateway, kube::PatchType::Merge, {{"spec", {{"replicas", 7}}}}));
  settle();
  EXPECT_NE((*client().get(kube::kinds::Deployment, gateway))["spec"]["replicas"], 7);
  EXPECT_EQ(events_.count("DriftCorrected"), 1);
  EXPECT_THAT(events_.noteOf("DriftCorrected"), HasSubstr("/spec/replicas"));
}

TEST_F(SettledCloud, NamesTheFieldOfAnUnknownService) {
  start();
  Json spec = smallSpec();
  spec["services"]["nothing"] = Json::object();
  ASSERT_OK(client().create(kOpenStackCloudKind, cloud(spec)));
  settle();
  EXPECT_THAT(kube::stringAt(*kube::findCondition(live(), "Ready"), "/message"), HasSubstr("spec.services.nothing"));
}

}  // namespace
}  // namespace windlass::ops
