#include <gtest/gtest.h>

#include "kube/client/rest_client.h"
#include "kube/object/kinds.h"
#include "scripted_transport.h"

namespace windlass::kube {
namespace {

std::string page(int items, const std::string& continueToken) {
  Json list{{"metadata", {{"resourceVersion", "9"}, {"continue", continueToken}}}, {"items", Json::array()}};
  for (int i = 0; i < items; ++i) list["items"].push_back({{"metadata", {{"name", "x"}}}});
  return list.dump();
}

class ListAllTest : public ::testing::Test {
 protected:
  std::shared_ptr<ScriptedTransport> transport_ = std::make_shared<ScriptedTransport>();
  RestClient client_{transport_, {0, 0, std::chrono::milliseconds(1000)}};
};

TEST_F(ListAllTest, P02_LaterPagesSendOnlyTheToken) {
  transport_->answer(200, page(2, "next"));
  transport_->answer(200, page(1, ""));
  ListOptions options;
  options.labelSelector = "a";
  EXPECT_EQ(listAll(client_, kinds::Pod, options).value().items.size(), 3U);
  EXPECT_EQ(transport_->requests.at(1).target, "/api/v1/pods?labelSelector=a&continue=next&limit=500");
}

TEST_F(ListAllTest, P02_AnExpiredTokenFallsBackToOneWholeList) {
  transport_->answer(200, page(2, "next"));
  transport_->answer(410, "");
  transport_->answer(200, page(4, ""));
  EXPECT_EQ(listAll(client_, kinds::Pod, {}).value().items.size(), 4U);
  EXPECT_EQ(transport_->requests.at(2).target, "/api/v1/pods");
}

TEST_F(ListAllTest, AnExpiredFirstPageIsTheCallersBusiness) {
  transport_->answer(410, "");
  EXPECT_EQ(listAll(client_, kinds::Pod, {}).error().kind, ErrorKind::Expired);
}

TEST_F(ListAllTest, P02_AListFromTheCacheHasNoPages) {
  transport_->answer(200, page(1, ""));
  ListOptions options;
  options.resourceVersion = "0";
  EXPECT_TRUE(listAll(client_, kinds::Pod, options).has_value());
  EXPECT_EQ(transport_->requests.at(0).target, "/api/v1/pods?resourceVersion=0");
}

}  // namespace
}  // namespace windlass::kube
