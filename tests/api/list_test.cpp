// Lists: pages, expired continue tokens, selectors, metadata only.
#include "api_fixture.h"
#include "etcd_compaction.h"

namespace windlass::kube {
namespace {

// tests/api/apiserver.py keeps this kind out of the watch cache, so that etcd answers each page.
const ResourceKind kUncached{"", "v1", "PodTemplate", "podtemplates", true};

class ListApiTest : public ApiTest {
 protected:
  void createTemplates(int count) {
    for (int i = 0; i < count; ++i) {
      Json object = newObject(kUncached, key("t" + std::to_string(i)));
      object["metadata"]["labels"] = {{"parity", i % 2 == 0 ? "even" : "odd"}};
      object["template"]["spec"]["containers"] = Json::array({{{"name", "c"}, {"image", "i"}}});
      ASSERT_OK(client().create(kUncached, object));
    }
  }
  ListOptions inNamespace() const {
    ListOptions options;
    options.ns = ns();
    return options;
  }
};

TEST_F(ListApiTest, P02_PagesTogetherHoldEachObjectOnce) {
  createTemplates(5);
  ListOptions options = inNamespace();
  options.limit = 2;
  std::vector<std::string> names;
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = client().list(kUncached, options);
    ASSERT_OK(page);
    EXPECT_LE(page->items.size(), 2U);
    for (const Json& item : page->items) names.push_back(nameOf(item));
    options.continueToken = page->continueToken;
    if (options.continueToken.empty()) break;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"t0", "t1", "t2", "t3", "t4"}));
}

TEST_F(ListApiTest, P02_AContinueTokenFromBeforeACompactionIsExpired) {
  createTemplates(3);
  ListOptions options = inNamespace();
  options.limit = 1;
  const auto page = client().list(kUncached, options);
  ASSERT_OK(page);
  ASSERT_FALSE(page->continueToken.empty());
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("makes-a-newer-revision")));
  ASSERT_OK(compactEtcd());
  options.continueToken = page->continueToken;
  const auto next = client().list(kUncached, options);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().kind, ErrorKind::Expired) << next.error().toString();
  EXPECT_EQ(next.error().httpStatus, 410);
}

TEST_F(ListApiTest, ItemsNameTheirKind) {
  createTemplates(1);
  const auto all = listAll(client(), kUncached, inNamespace());
  ASSERT_OK(all);
  ASSERT_EQ(all->items.size(), 1U);
  EXPECT_EQ(kindOf(all->items[0]), "PodTemplate");
  EXPECT_EQ(stringAt(all->items[0], "/apiVersion"), "v1");
}

TEST_F(ListApiTest, MoreItemsThanAllowedAreTooLarge) {
  createTemplates(3);
  const auto all = listAll(client(), kUncached, inNamespace(), 2);
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error().kind, ErrorKind::TooLarge);
}

TEST_F(ListApiTest, SelectorsChoose) {
  createTemplates(4);
  ListOptions options = inNamespace();
  options.labelSelector = "parity in (odd)";
  auto page = client().list(kUncached, options);
  ASSERT_OK(page);
  EXPECT_EQ(page->items.size(), 2U);
  options = inNamespace();
  options.fieldSelector = "metadata.name=t2";
  page = client().list(kUncached, options);
  ASSERT_OK(page);
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(nameOf(page->items[0]), "t2");
}

TEST_F(ListApiTest, P14_MetadataOnlyListsHaveNoData) {
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a", {{"k", "v"}})));
  ListOptions options = inNamespace();
  options.metadataOnly = true;
  const auto page = client().list(kinds::ConfigMap, options);
  ASSERT_OK(page);
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(nameOf(page->items[0]), "a");
  EXPECT_EQ(kindOf(page->items[0]), "PartialObjectMetadata");
  EXPECT_FALSE(page->items[0].contains("data"));
}

TEST_F(ListApiTest, AnEmptyListHasAResourceVersionToWatchFrom) {
  const auto page = client().list(kinds::ConfigMap, inNamespace());
  ASSERT_OK(page);
  EXPECT_TRUE(page->items.empty());
  EXPECT_FALSE(page->resourceVersion.empty());
}

}  // namespace
}  // namespace windlass::kube
