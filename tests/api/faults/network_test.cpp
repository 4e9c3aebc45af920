// Informers and lease holders behind a network that breaks, forgets and delays, and a server whose history is gone.
#include "api_fixture.h"
#include "audit_log.h"
#include "etcd_compaction.h"
#include "kube/runtime/leader_election.h"
#include "tcp_proxy.h"
#include "watcher.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// tests/api/apiserver.py keeps this kind out of the watch cache, so that etcd's history is what counts.
const ResourceKind kNoCache{"", "v1", "PodTemplate", "podtemplates", true};

class NetworkTest : public ApiTest {
 protected:
  // A client whose way to the server leads through the proxy.
  std::shared_ptr<RestClient> through(const TcpProxy& proxy, const std::string& userAgent) const {
    Endpoint endpoint = endpointAs("admin");
    endpoint.server = "https://127.0.0.1:" + std::to_string(proxy.port());
    return connectTo(endpoint, userAgent);
  }
  static int serverPort() {
    const std::string server = endpointAs("admin").server;
    return std::stoi(server.substr(server.rfind(':') + 1));
  }
  Json podTemplate(const std::string& name) const {
    Json object = newObject(kNoCache, key(name));
    object["template"]["spec"]["containers"] = Json::array({{{"name", "c"}, {"image", "i"}}});
    return object;
  }
};

TEST_F(NetworkTest, P03_WhatWasDeletedWhileTheHistoryWasForgottenIsReportedAsDeleted) {
  TcpProxy proxy(serverPort());
  const auto remote = through(proxy, "forgetful/1");
  for (const auto* name : {"gone", "again", "stays"}) ASSERT_OK(client().create(kNoCache, podTemplate(name)));
  const Watcher watcher(*remote, kNoCache, ns(), impatient());
  ASSERT_TRUE(eventually([&] { return watcher.versions().size() == 3; }));
  const std::string uid = uidOf(*watcher.get(key("again")));

  proxy.cut(true);
  ASSERT_TRUE(eventually([&] { return !watcher.trouble().empty(); }));
  ASSERT_OK(client().remove(kNoCache, key("gone")));
  ASSERT_OK(client().remove(kNoCache, key("again")));
  ASSERT_OK(client().create(kNoCache, podTemplate("again")));
  ASSERT_OK(compactEtcd());
  proxy.cut(false);

  ASSERT_TRUE(eventually([&] { return !watcher.eventsOf("gone").empty() && !watcher.get(key("gone")); }));
  const auto gone = watcher.eventsOf("gone").back();
  EXPECT_EQ(gone.type, InformerEvent::Type::Delete);
  EXPECT_TRUE(gone.finalStateUnknown);
  // F07: the one that was made again under the same name is an update whose UID tells.
  const auto again = watcher.eventsOf("again").back();
  EXPECT_EQ(again.type, InformerEvent::Type::Update);
  EXPECT_EQ(uidOf(*again.old), uid);
  EXPECT_NE(uidOf(*again.object), uid);
  EXPECT_EQ(watcher.eventsOf("stays").size(), 1U) << "what did not change is not told again";
  EXPECT_EQ(auditedRequests("list", "forgetful/1", "podtemplates").size(), 2U) << "the first list and one relist";
}

TEST_F(NetworkTest, P04_AfterABrokenConnectionTheWatchResumesWithoutAList) {
  TcpProxy proxy(serverPort());
  const auto remote = through(proxy, "resuming/1");
  const Watcher watcher(*remote, kinds::ConfigMap, ns(), impatient());
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  for (int round = 0; round < 3; ++round) {
    proxy.cut(true);
    ASSERT_TRUE(eventually([&] { return !watcher.trouble().empty(); }));
    const std::string name = "c" + std::to_string(round);
    ASSERT_OK(client().create(kinds::ConfigMap, configMap(name)));
    ASSERT_OK(client().remove(kinds::ConfigMap, key(name)));
    proxy.cut(false);
    ASSERT_TRUE(eventually([&] { return watcher.eventsOf(name).size() == 2; })) << "F06: both, in order";
    EXPECT_FALSE(watcher.eventsOf(name).back().finalStateUnknown);
  }
  EXPECT_EQ(auditedRequests("list", "resuming/1", "configmaps").size(), 1U);
}

TEST_F(NetworkTest, F02_AWatchThatIsClosedAtOnceIsTriedAFewTimesAndNotInALoop) {
  TcpProxy proxy(serverPort());
  const auto remote = through(proxy, "patient/1");
  const Watcher watcher(*remote, kinds::ConfigMap, ns());
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  const int before = proxy.connections();
  proxy.cut(true);
  ASSERT_TRUE(eventually([&] { return !watcher.trouble().empty(); }));
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(seconds(4));
  // P07: the waits are at least 0.8 s, 1.6 s, 3.2 s, ...
  int allowed = 2;
  auto wait = milliseconds(800);
  for (auto left = std::chrono::steady_clock::now() - start; left > wait; left -= wait, wait *= 2) ++allowed;
  EXPECT_LE(proxy.connections() - before, allowed);
  EXPECT_GE(proxy.connections() - before, 1);
  proxy.cut(false);
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("later")));
  EXPECT_TRUE(eventually([&] { return watcher.get(key("later")) != nullptr; }));
  EXPECT_EQ(auditedRequests("list", "patient/1", "configmaps").size(), 1U);
}

TEST_F(NetworkTest, P10_AHalfOpenWatchIsNoticedAndReplaced) {
  TcpProxy proxy(serverPort());
  const auto remote = through(proxy, "half-open/1");
  ReflectorOptions reflection = impatient();
  reflection.minWatchTime = seconds(1);
  const Watcher watcher(*remote, kinds::ConfigMap, ns(), reflection);
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  proxy.freeze(true);
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("unheard")));
  ASSERT_TRUE(eventually([&] { return !watcher.trouble().empty(); }));
  EXPECT_FALSE(watcher.get(key("unheard")));
  proxy.cut(true);  // what the frozen ones hold is lost
  proxy.freeze(false);
  std::this_thread::sleep_for(milliseconds(50));
  proxy.cut(false);
  EXPECT_TRUE(eventually([&] { return watcher.get(key("unheard")) != nullptr; }));
}

TEST_F(NetworkTest, F10_AWriteBasedOnAStaleReadIsRefusedAndDoneAgainWhenTheCacheHasCaughtUp) {
  TcpProxy proxy(serverPort());
  const auto remote = through(proxy, "stale/1");
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("c")));
  const Watcher watcher(*remote, kinds::ConfigMap, ns(), impatient());
  ASSERT_TRUE(eventually([&] { return watcher.get(key("c")) != nullptr; }));
  proxy.freeze(true);
  const auto write = [&](const std::string& field) {
    Json object = *watcher.get(key("c"));
    object["data"][field] = "written";
    return client().update(kinds::ConfigMap, object);
  };
  ASSERT_OK(write("theirs"));
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("child")));
  // The cache shows neither.
  const auto refused = write("mine");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  ASSERT_FALSE(watcher.get(key("child")));
  const auto twice = client().create(kinds::ConfigMap, configMap("child"));
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().kind, ErrorKind::AlreadyExists);

  proxy.freeze(false);
  ASSERT_TRUE(eventually([&] { return watcher.get(key("child")) != nullptr; }));
  ASSERT_OK(write("mine"));
  EXPECT_EQ(client().get(kinds::ConfigMap, key("c")).value()["data"],
            Json({{"theirs", "written"}, {"mine", "written"}}));
}

TEST_F(NetworkTest, F12_ASlowServerDoesNotMakeTheLeaseHolderAbdicate) {
  TcpProxy proxy(serverPort());
  LeaderElectionOptions options;
  options.ns = ns();
  options.name = "slow";
  options.identity = "me";
  options.leaseDuration = seconds(9);
  options.renewDeadline = seconds(6);
  options.retryPeriod = seconds(1);
  std::atomic<bool> lost{false};
  LeaderElector elector(through(proxy, "slow-lease/1"), options, {[] {}, [&lost](const Error&) { lost = true; }},
                        Metrics::process());
  elector.start();
  ASSERT_TRUE(eventually([&] { return elector.isLeader(); }));
  proxy.delay(milliseconds(1200));
  const auto first = client().get(kinds::Lease, key("slow"));
  ASSERT_OK(first);
  std::string renewed = stringAt(*first, "/spec/renewTime");
  for (int renewals = 0; renewals < 4; ++renewals) {
    Json lease;
    ASSERT_TRUE(eventually([&] {
      lease = client().get(kinds::Lease, key("slow")).value_or(Json());
      return stringAt(lease, "/spec/renewTime") != renewed;
    })) << "no renewal came through";
    renewed = stringAt(lease, "/spec/renewTime");
    EXPECT_EQ(intAt(lease, "/spec/leaseTransitions"), 0);
  }
  EXPECT_FALSE(lost);
  EXPECT_TRUE(elector.isLeader());
  proxy.delay(milliseconds(0));
  elector.stop(true);
  EXPECT_EQ(stringAt(*client().get(kinds::Lease, key("slow")), "/spec/holderIdentity", ""), "") << "P22: given back";
}

// Forgets the history once, between the first page of a list and the second.
class ForgetfulBetweenPages : public Client {
 public:
  explicit ForgetfulBetweenPages(Client& inner) : inner_(inner) {}

  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) override {
    auto page = inner_.list(kind, options);
    lists_.push_back(options);
    if (lists_.size() == 1 && page) {
      Json newer = newObject(kinds::ConfigMap, {options.ns, "makes-a-newer-revision"});
      EXPECT_TRUE(inner_.create(kinds::ConfigMap, newer).has_value());
      EXPECT_TRUE(compactEtcd().has_value());
    }
    return page;
  }
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override {
    return inner_.watch(kind, options);
  }
  const std::vector<ListOptions>& lists() const { return lists_; }

  Result<Json> get(const ResourceKind&, const ObjectKey&) override { return unused(); }
  Result<Json> create(const ResourceKind&, const Json&) override { return unused(); }
  Result<Json> update(const ResourceKind&, const Json&, const std::string&) override { return unused(); }
  Result<Json> patch(const ResourceKind&, const ObjectKey&, PatchType, const Json&, const std::string&) override {
    return unused();
  }
  Result<Json> apply(const ResourceKind&, const Json&, const ApplyOptions&, const std::string&) override {
    return unused();
  }
  Status remove(const ResourceKind&, const ObjectKey&, const DeleteOptions&) override { return unused(); }
  Result<std::string> readLog(const ObjectKey&, const LogOptions&) override { return unused(); }

 private:
  static tl::unexpected<Error> unused() { return fail(ErrorKind::Internal, "an informer does not ask for this"); }
  Client& inner_;
  std::vector<ListOptions> lists_;
};

TEST_F(NetworkTest, P02_AContinueTokenThatExpiresBetweenPagesCostsOneFullList) {
  for (int i = 0; i < 5; ++i) ASSERT_OK(client().create(kNoCache, podTemplate("t" + std::to_string(i))));
  ForgetfulBetweenPages forgetful(client());
  ReflectorOptions reflection = impatient();
  reflection.pageSize = 2;
  Watcher watcher(forgetful, kNoCache, ns(), reflection);
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  EXPECT_EQ(watcher.versions().size(), 5U);
  ASSERT_EQ(forgetful.lists().size(), 3U);
  EXPECT_EQ(forgetful.lists()[0].limit, 2);
  EXPECT_FALSE(forgetful.lists()[1].continueToken.empty());
  EXPECT_EQ(forgetful.lists()[2].limit, 0);
  EXPECT_TRUE(forgetful.lists()[2].continueToken.empty());
}

TEST_F(NetworkTest, P09_AStreamedFirstListNeedsNoListAtAll) {
  const auto streaming = connectAs("admin", "streaming/1");
  for (int i = 0; i < 3; ++i) ASSERT_OK(client().create(kinds::ConfigMap, configMap("c" + std::to_string(i))));
  ReflectorOptions reflection;
  reflection.useWatchList = true;
  const Watcher watcher(*streaming, kinds::ConfigMap, ns(), reflection);
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  EXPECT_EQ(watcher.versions().size(), 3U);
  ASSERT_OK(client().remove(kinds::ConfigMap, key("c0")));
  EXPECT_TRUE(eventually([&] { return watcher.versions().size() == 2; }));
  EXPECT_TRUE(auditedRequests("list", "streaming/1", "configmaps").empty());
  EXPECT_EQ(auditedRequests("watch", "streaming/1", "configmaps").size(), 1U) << "the stream goes on as the watch";
}

}  // namespace
}  // namespace windlass::kube
