#include "kube/client/rest_path.h"

#include <gtest/gtest.h>

#include "kube/object/kinds.h"

namespace windlass::kube {
namespace {

TEST(RestPath, CollectionsAndObjectsAreWhereTheServerHasThem) {
  EXPECT_EQ(collectionPath(kinds::Pod, "ns"), "/api/v1/namespaces/ns/pods");
  EXPECT_EQ(collectionPath(kinds::Pod, ""), "/api/v1/pods");
  EXPECT_EQ(collectionPath(kinds::Deployment, "ns"), "/apis/apps/v1/namespaces/ns/deployments");
  EXPECT_EQ(objectPath(kinds::Node, {"", "n1"}).value(), "/api/v1/nodes/n1");
  EXPECT_EQ(objectPath(kinds::Pod, {"ns", "p"}, "status").value(), "/api/v1/namespaces/ns/pods/p/status");
}

TEST(RestPath, NamesThatWouldLeaveThePathAreInvalid) {
  for (const char* name : {"", ".", "..", "a/b", "a%2fb"})
    EXPECT_FALSE(objectPath(kinds::Pod, {"ns", name}).has_value()) << name;
  EXPECT_FALSE(objectPath(kinds::Pod, {"", "p"}).has_value());
  EXPECT_FALSE(objectPath(kinds::Pod, {"../x", "p"}).has_value());
}

TEST(RestPath, QueriesAreEncodedAndEmptyValuesLeftOut) {
  ListOptions options;
  options.labelSelector = "a in (b,c)";
  options.limit = 500;
  EXPECT_EQ(withQuery("/p", listQuery(options)), "/p?labelSelector=a%20in%20%28b%2Cc%29&limit=500");
}

TEST(RestPath, AWatchSaysWhatItWants) {
  WatchOptions options;
  options.resourceVersion = "7";
  EXPECT_EQ(withQuery("/p", watchQuery(options)),
            "/p?watch=true&resourceVersion=7&timeoutSeconds=300&allowWatchBookmarks=true");
  options.sendInitialEvents = true;
  EXPECT_NE(withQuery("/p", watchQuery(options)).find("sendInitialEvents=true&resourceVersionMatch=NotOlderThan"),
            std::string::npos);
}

}  // namespace
}  // namespace windlass::kube
