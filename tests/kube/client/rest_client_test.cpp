#include "kube/client/rest_client.h"

#include <map>

#include <gtest/gtest.h>

#include "kube/client/request_metrics.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "scripted_transport.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;

class RestClientTest : public ::testing::Test {
 protected:
  std::shared_ptr<ScriptedTransport> transport_ = std::make_shared<ScriptedTransport>();
  RestClient client_{transport_, {0, 0, milliseconds(3000)}};
};

TEST_F(RestClientTest, ALogIsAskedForWithATimeAndALimit) {
  transport_->answer(200, "2026-01-02T03:04:05.5Z one\n");
  const auto log = client_.readLog({"ns", "a"}, {"main", 1767323045, 1000, milliseconds(700)});
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(*log, "2026-01-02T03:04:05.5Z one\n");
  const HttpRequest& asked = transport_->requests.front();
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.target,
            "/api/v1/namespaces/ns/pods/a/log?timestamps=true&limitBytes=1000&container=main&"
            "sinceTime=2026-01-02T03%3A04%3A05Z");
  EXPECT_LE(asked.timeout, milliseconds(700)) << "less what was spent of it already";
  EXPECT_LE(asked.maxResponse, 1000U + 65536U);
}

TEST_F(RestClientTest, ALogThatIsNotGivenIsAnErrorThatNamesThePod) {
  transport_->answer(403, R"({"kind": "Status", "message": "pods/log is forbidden"})");
  const auto log = client_.readLog({"ns", "a"}, {});
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().kind, ErrorKind::Forbidden);
  EXPECT_NE(log.error().toString().find("get Pod ns/a/log"), std::string::npos) << log.error().toString();
  EXPECT_EQ(transport_->requests.front().target, "/api/v1/namespaces/ns/pods/a/log?timestamps=true&limitBytes=262144");
}

TEST_F(RestClientTest, P25_A429WithRetryAfterIsRepeatedEvenForAWrite) {
  transport_->answer(429, "", {{"retry-after", "0"}});
  transport_->answer(201, R"({"metadata": {"name": "a"}})");
  EXPECT_TRUE(client_.create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"})).has_value());
  EXPECT_EQ(transport_->requests.size(), 2U);
}

TEST_F(RestClientTest, P25_A503WithoutRetryAfterIsNotRepeated) {
  transport_->answer(503, "");
  const auto result = client_.get(kinds::Pod, {"ns", "a"});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(transport_->requests.size(), 1U);
}

TEST_F(RestClientTest, P25_ARetryAfterOfGarbageIsNone) {
  transport_->answer(429, "", {{"retry-after", "soon"}});
  EXPECT_EQ(client_.get(kinds::Pod, {"ns", "a"}).error().kind, ErrorKind::TooManyRequests);
  EXPECT_EQ(transport_->requests.size(), 1U);
}

TEST_F(RestClientTest, P25_ARetryAfterBeyondTheDeadlineIsHandedToTheCaller) {
  transport_->answer(429, "", {{"retry-after", "3600"}});
  const auto result = client_.get(kinds::Pod, {"ns", "a"});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().retryAfter, std::chrono::seconds(3600));
  EXPECT_EQ(transport_->requests.size(), 1U);
}

TEST_F(RestClientTest, P25_TenRepetitionsAreEnough) {
  for (int i = 0; i < 20; ++i) transport_->answer(503, "", {{"retry-after", "0"}});
  EXPECT_FALSE(client_.get(kinds::Pod, {"ns", "a"}).has_value());
  EXPECT_EQ(transport_->requests.size(), 11U);
}

TEST_F(RestClientTest, P25_OtherErrorsAreNotRepeatedWhateverTheirHeader) {
  transport_->answer(409, "", {{"retry-after", "0"}});
  EXPECT_EQ(client_.get(kinds::Pod, {"ns", "a"}).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(transport_->requests.size(), 1U);
}

TEST_F(RestClientTest, P27_AnApplyIsAPatchOfItsOwnTypeWithoutManagedFields) {
  transport_->answer(200, "{}");
  Json object = newObject(kinds::ConfigMap, {"ns", "a"});
  object.erase("kind");
  object["metadata"]["managedFields"] = Json::array();
  ASSERT_TRUE(client_.apply(kinds::ConfigMap, object, {"windlass-operator", true, false}, "status").has_value());
  const HttpRequest& sent = transport_->requests.at(0);
  EXPECT_EQ(sent.method, "PATCH");
  EXPECT_EQ(sent.target, "/api/v1/namespaces/ns/configmaps/a/status?fieldManager=windlass-operator&force=true");
  EXPECT_EQ(sent.headers.at(1).second, "application/apply-patch+yaml");
  EXPECT_EQ(Json::parse(sent.body), newObject(kinds::ConfigMap, {"ns", "a"}));
}

TEST_F(RestClientTest, AnAnswerNobodyWantsIsNotRead) {
  transport_->answer(200, "whatever");
  transport_->answer(409, "");
  ApplyOptions blind{"me", true, false, false};
  const auto applied = client_.apply(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"}), blind);
  ASSERT_TRUE(applied.has_value()) << applied.error().toString();
  EXPECT_TRUE(applied->is_null());
  const auto refused = client_.apply(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"}), blind);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
}

TEST_F(RestClientTest, P27_AFieldManagerHasOneTo128Characters) {
  const Json object = newObject(kinds::ConfigMap, {"ns", "a"});
  EXPECT_FALSE(client_.apply(kinds::ConfigMap, object, {"", true, false}).has_value());
  EXPECT_FALSE(client_.apply(kinds::ConfigMap, object, {std::string(129, 'x'), true, false}).has_value());
  EXPECT_TRUE(transport_->requests.empty());
}

TEST_F(RestClientTest, ADeleteCarriesItsPreconditions) {
  transport_->answer(200, "{}");
  DeleteOptions options;
  options.uid = "u";
  options.gracePeriodSeconds = 0;
  ASSERT_TRUE(client_.remove(kinds::Pod, {"ns", "a"}, options).has_value());
  const Json body = Json::parse(transport_->requests.at(0).body);
  EXPECT_EQ(stringAt(body, "/preconditions/uid"), "u");
  EXPECT_EQ(intAt(body, "/gracePeriodSeconds", -1), 0);
  EXPECT_EQ(stringAt(body, "/propagationPolicy"), "Background");
}

TEST_F(RestClientTest, AnswersThatAreNoJsonAreErrorsOfDecoding) {
  transport_->answer(200, "<html>proxy</html>");
  EXPECT_EQ(client_.get(kinds::Pod, {"ns", "a"}).error().kind, ErrorKind::Decode);
  transport_->answer(200, R"({"kind": "Pod"})");
  EXPECT_EQ(client_.list(kinds::Pod, {}).error().kind, ErrorKind::Decode);
  transport_->answer(200, R"({"items": [5]})");
  EXPECT_EQ(client_.list(kinds::Pod, {}).error().kind, ErrorKind::Decode);
}

TEST_F(RestClientTest, TextThatIsNoUtf8IsSentWithReplacements) {
  transport_->answer(200, "{}");
  Json object = newObject(kinds::ConfigMap, {"ns", "a"});
  object["data"]["k"] = "\xFF";
  EXPECT_TRUE(client_.update(kinds::ConfigMap, object).has_value());
}

TEST_F(RestClientTest, P38_EachAttemptIsObserved) {
  std::map<std::string, int> codes;
  setRequestObserver([&codes](const RequestRecord& record) { ++codes[record.method + " " + record.code]; });
  transport_->answer(503, "", {{"retry-after", "0"}});
  transport_->answer(200, "{}");
  transport_->answers.emplace_back(fail(ErrorKind::Timeout, "slow"));
  EXPECT_TRUE(client_.get(kinds::Pod, {"ns", "a"}).has_value());
  EXPECT_FALSE(client_.get(kinds::Pod, {"ns", "a"}).has_value());
  setRequestObserver(nullptr);
  EXPECT_EQ(codes, (std::map<std::string, int>{{"GET 503", 1}, {"GET 200", 1}, {"GET <error>", 1}}));
}

TEST_F(RestClientTest, ALimiterWithoutRoomInTheDeadlineIsATimeout) {
  RestClient slow(transport_, {0.01, 1, milliseconds(200)});
  transport_->answer(200, "{}");
  EXPECT_TRUE(slow.get(kinds::Pod, {"ns", "a"}).has_value());
  EXPECT_EQ(slow.get(kinds::Pod, {"ns", "a"}).error().kind, ErrorKind::Timeout);
}

TEST_F(RestClientTest, AWatchThatIsRefusedSaysWhy) {
  transport_->answer(410, R"({"kind": "Status", "apiVersion": "v1", "reason": "Expired", "code": 410})");
  const auto watch = client_.watch(kinds::Pod, {});
  ASSERT_FALSE(watch.has_value());
  EXPECT_EQ(watch.error().kind, ErrorKind::Expired);
  EXPECT_EQ(transport_->requests.at(0).timeout, milliseconds(305000));
}

TEST_F(RestClientTest, P10_AWatchMayLastFiveSecondsLongerThanTheServerSays) {
  transport_->answer(410, "");
  WatchOptions options;
  options.timeout = std::chrono::seconds(400);
  EXPECT_FALSE(client_.watch(kinds::Pod, options).has_value());
  EXPECT_EQ(transport_->requests.at(0).timeout, milliseconds(405000));
  EXPECT_NE(transport_->requests.at(0).target.find("timeoutSeconds=400"), std::string::npos);
}

TEST_F(RestClientTest, P14_MetadataAloneIsAskedForWhenThatIsWhatIsKept) {
  transport_->answer(200, R"({"items": []})");
  transport_->answer(410, "");
  ListOptions list;
  list.metadataOnly = true;
  EXPECT_TRUE(client_.list(kinds::Secret, list).has_value());
  WatchOptions watch;
  watch.metadataOnly = true;
  EXPECT_FALSE(client_.watch(kinds::Secret, watch).has_value());
  EXPECT_EQ(transport_->requests.at(0).headers.at(0).second,
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  EXPECT_EQ(transport_->requests.at(1).headers.at(0).second,
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

TEST_F(RestClientTest, F14_AListHandsOnItsItemsAsItReadsThem) {
  transport_->answer(200, R"({"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}],
                              "metadata": {"resourceVersion": "7", "continue": "next"}})");
  std::vector<Json> taken;
  ListOptions options;
  options.take = [&taken](Json item) { taken.push_back(std::move(item)); };
  const auto page = client_.list(kinds::Pod, options);
  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(page->items.empty());
  EXPECT_EQ(page->resourceVersion, "7");
  EXPECT_EQ(page->continueToken, "next");
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(nameOf(taken[1]), "b");
  EXPECT_EQ(kindOf(taken[0]), "Pod");
}

TEST_F(RestClientTest, P26_WatchesBypassTheLimiter) {
  RestClient slow(transport_, {0.001, 1, milliseconds(200)});
  transport_->answer(200, "{}");
  EXPECT_TRUE(slow.get(kinds::Pod, {"ns", "a"}).has_value());
  EXPECT_EQ(slow.get(kinds::Pod, {"ns", "a"}).error().kind, ErrorKind::Timeout);  // no place for another call
  for (int i = 0; i < 3; ++i) {
    transport_->answer(410, "");
    EXPECT_EQ(slow.watch(kinds::Pod, {}).error().kind, ErrorKind::Expired);
  }
  EXPECT_EQ(transport_->requests.size(), 4U);
}

TEST_F(RestClientTest, P27_PatchesAreOfThreeKindsAndForceIsForApplyAlone) {
  const std::map<PatchType, std::string> types{{PatchType::Json, "application/json-patch+json"},
                                               {PatchType::Merge, "application/merge-patch+json"},
                                               {PatchType::StrategicMerge, "application/strategic-merge-patch+json"}};
  for (const auto& [type, contentType] : types) {
    transport_->answer(200, "{}");
    ASSERT_TRUE(client_.patch(kinds::Pod, {"ns", "a"}, type, Json::object()).has_value());
    EXPECT_EQ(transport_->requests.back().headers.at(1).second, contentType);
    EXPECT_EQ(transport_->requests.back().target, "/api/v1/namespaces/ns/pods/a");
  }
}

TEST_F(RestClientTest, P27_AConflictOfAnApplySurfaces) {
  transport_->answer(409, R"({"kind": "Status", "apiVersion": "v1", "reason": "Conflict", "code": 409,
                              "message": "conflict with \"other\": .data.a"})");
  const auto applied = client_.apply(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"}), {"me", false, false});
  ASSERT_FALSE(applied.has_value());
  EXPECT_EQ(applied.error().kind, ErrorKind::Conflict);
  EXPECT_NE(applied.error().message.find("other"), std::string::npos);
  EXPECT_NE(transport_->requests.back().target.find("force=false"), std::string::npos);
  EXPECT_EQ(transport_->requests.size(), 1U);
}

TEST_F(RestClientTest, P27_TheStatusIsWrittenThroughItsOwnPath) {
  const Json object = newObject(kinds::Pod, {"ns", "a"});
  transport_->answer(200, "{}");
  transport_->answer(200, "{}");
  ASSERT_TRUE(client_.update(kinds::Pod, object, "status").has_value());
  ASSERT_TRUE(client_.patch(kinds::Pod, {"ns", "a"}, PatchType::Merge, object, "status").has_value());
  for (const HttpRequest& request : transport_->requests)
    EXPECT_EQ(request.target, "/api/v1/namespaces/ns/pods/a/status");
}

}  // namespace
}  // namespace windlass::kube
