// What people do to a running controller: rights that go and return, kinds that go and return, others who write.
#include "api_fixture.h"
#include "kube/client/discovery.h"
#include "kube/object/patch.h"
#include "kube/runtime/event_writer.h"
#include "watcher.h"

namespace windlass::kube {
namespace {

using std::chrono::seconds;

const ResourceKind kRole{"rbac.authorization.k8s.io", "v1", "Role", "roles", true};
const ResourceKind kRoleBinding{"rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true};

class RightsTest : public ApiTest {
 protected:
  void createRole() {
    Json role = newObject(kRole, key("look"));
    role["rules"] =
        Json::array({{{"apiGroups", {""}}, {"resources", {"configmaps"}}, {"verbs", {"get", "list", "watch"}}}});
    ASSERT_OK(client().create(kRole, role));
  }
  void bind() {
    Json binding = newObject(kRoleBinding, key("look"));
    binding["roleRef"] = {{"apiGroup", kRole.group}, {"kind", "Role"}, {"name", "look"}};
    binding["subjects"] = Json::array({{{"apiGroup", kRole.group}, {"kind", "User"}, {"name", "reader"}}});
    ASSERT_OK(client().create(kRoleBinding, binding));
  }
};

TEST_F(RightsTest, P06_RightsThatAreTakenAwayAreReportedAndTheInformerComesBackWithThem) {
  createRole();
  bind();
  const auto reader = connectAs("reader");
  ReflectorOptions reflection = impatient();
  reflection.minWatchTime = seconds(1);  // rights are looked at when a watch is opened
  const Watcher watcher(*reader, kinds::ConfigMap, ns(), reflection);
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));

  ASSERT_OK(client().remove(kRoleBinding, key("look")));
  ASSERT_TRUE(eventually([&] { return watcher.trouble().find("forbidden") != std::string::npos; }));
  EXPECT_NE(watcher.trouble().find("configmaps"), std::string::npos) << watcher.trouble();
  EXPECT_TRUE(watcher.synced()) << "what it knows it still knows";
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("meanwhile")));
  bind();
  EXPECT_TRUE(eventually([&] { return watcher.get(key("meanwhile")) != nullptr; }));
  EXPECT_TRUE(eventually([&] { return watcher.trouble().empty(); })) << watcher.trouble();
}

class CrdTest : public ApiTest {
 protected:
  static ResourceKind gadget(const std::string& version) {
    return {"faults.windlass.dev", version, "Gadget", "gadgets", true};
  }
  void createCrd(const std::string& version) {
    Json crd = newObject(kinds::CustomResourceDefinition, {"", "gadgets.faults.windlass.dev"});
    crd["spec"] = {{"group", "faults.windlass.dev"},
                   {"scope", "Namespaced"},
                   {"names", {{"plural", "gadgets"}, {"singular", "gadget"}, {"kind", "Gadget"}}}};
    crd["spec"]["versions"] = Json::array({{{"name", version},
                                            {"served", true},
                                            {"storage", true},
                                            {"schema", {{"openAPIV3Schema", {{"type", "object"}}}}}}});
    ASSERT_OK(client().create(kinds::CustomResourceDefinition, crd));
    ASSERT_TRUE(eventually([&] { return client().list(gadget(version), {}).has_value(); }));
  }
  void removeCrd() {
    const ObjectKey name{"", "gadgets.faults.windlass.dev"};
    ASSERT_OK(removeIfThere(client(), kinds::CustomResourceDefinition, name));
    ASSERT_TRUE(eventually([&] { return !client().get(kinds::CustomResourceDefinition, name).has_value(); }));
  }
  void TearDown() override { removeCrd(); }
};

TEST_F(CrdTest, P36_AKindThatIsDeletedAndMadeAgainIsFoundAgainAndItsInformerGoesOn) {
  Discovery discovery(client());
  EXPECT_EQ(discovery.byName("gadgets").error().kind, ErrorKind::NotFound);
  createCrd("v1");
  ASSERT_OK(client().create(gadget("v1"), newObject(gadget("v1"), key("old"))));
  const Watcher watcher(client(), gadget("v1"), ns(), impatient());
  ASSERT_TRUE(eventually([&] { return watcher.versions().size() == 1; }));
  // A name that was not known is asked for again.
  ASSERT_TRUE(eventually([&] { return discovery.byName("gadgets").has_value(); }));

  removeCrd();
  ASSERT_TRUE(eventually([&] { return !watcher.trouble().empty(); }));
  EXPECT_TRUE(eventually([&] { return watcher.versions().empty(); }));
  createCrd("v1");
  ASSERT_OK(client().create(gadget("v1"), newObject(gadget("v1"), key("new"))));
  EXPECT_TRUE(eventually([&] { return watcher.versions().count("new") == 1; })) << watcher.trouble();
  EXPECT_TRUE(watcher.trouble().empty()) << watcher.trouble();

  // The mapping that is known leads nowhere once only another version is served; a reset finds it.
  removeCrd();
  createCrd("v2");
  const auto stale = discovery.byName("gadgets");
  ASSERT_OK(stale);
  EXPECT_TRUE(eventually([&] {
    const auto listed = client().list(*stale, {});
    return !listed && listed.error().kind == ErrorKind::NotFound;
  }));
  discovery.reset();
  EXPECT_TRUE(eventually([&] {
    const auto fresh = discovery.byName("gadgets");
    if (!fresh) discovery.reset();
    return fresh && fresh->version == "v2";
  }));
}

TEST_F(RightsTest, F18_TwoControllersWithAFinalizerEachNeverLoseOneAnothers) {
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("shared")));
  const auto work = [this](const std::string& finalizer) {
    const auto mine = connectAs("admin", finalizer);
    const auto untilDone = [&](bool wanted, const auto& patchOf) {
      for (int tries = 0; tries < 1000; ++tries) {
        const auto object = mine->get(kinds::ConfigMap, key("shared"));
        ASSERT_OK(object);
        const Json patch = patchOf(*object);
        if (patch.empty()) break;
        const auto patched = mine->patch(kinds::ConfigMap, key("shared"), PatchType::Json, patch);
        if (patched) {
          EXPECT_EQ(hasFinalizer(*patched, finalizer), wanted);
          break;
        }
      }
    };
    for (int round = 0; round < 15; ++round) {
      untilDone(true, [&](const Json& object) { return addFinalizerPatch(object, finalizer); });
      const auto read = mine->get(kinds::ConfigMap, key("shared"));
      ASSERT_OK(read);
      EXPECT_TRUE(hasFinalizer(*read, finalizer)) << "the other one removed it";
      untilDone(false, [&](const Json& object) { return removeFinalizerPatch(object, finalizer); });
    }
  };
  std::thread one([&] { work("faults.windlass.dev/one"); });
  std::thread two([&] { work("faults.windlass.dev/two"); });
  one.join();
  two.join();
  const auto left = client().get(kinds::ConfigMap, key("shared"));
  ASSERT_OK(left);
  EXPECT_TRUE(find(*left, "/metadata/finalizers") == nullptr || find(*left, "/metadata/finalizers")->empty());
}

TEST_F(RightsTest, P35_EqualEventsBecomeOneSeriesThatTheServerAccepts) {
  const auto about = client().create(kinds::ConfigMap, configMap("about"));
  ASSERT_OK(about);
  EventWriter writer(connectAs("admin"), "faults", "faults-1", Metrics::process());
  writer.start();
  for (int i = 0; i < 5; ++i)
    writer.record(kinds::ConfigMap, *about, {EventType::Warning, "Refused", "Reconcile", "the same again"});
  writer.record(kinds::ConfigMap, *about, {EventType::Normal, "Done", "Reconcile", "another"});
  writer.stop(seconds(10));
  ListOptions here;
  here.ns = ns();
  const auto events = client().list(kinds::Event, here);
  ASSERT_OK(events);
  ASSERT_EQ(events->items.size(), 2U);
  for (const Json& event : events->items)
    EXPECT_GE(intAt(event, "/series/count"), stringAt(event, "/reason") == "Refused" ? 2 : 0) << event.dump(1);
}

}  // namespace
}  // namespace windlass::kube
