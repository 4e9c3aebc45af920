#include "kube/runtime/own_writes.h"

#include <thread>

#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::own_writes_test {
namespace {

const ObjectKey kKey{"ns", "a"};

Json configMap(const std::string& version, const std::string& uid = "one") {
  Json object = newObject(kinds::ConfigMap, kKey);
  object["metadata"]["resourceVersion"] = version;
  object["metadata"]["uid"] = uid;
  return object;
}

class OwnWritesTest : public testing::Test {
 protected:
  void write(const Json& object, const Json& stored) {
    writes.written(object, [&stored](const ObjectKey&) {
      return stored.is_null() ? nullptr : std::make_shared<const Json>(stored);
    });
  }
  std::string shown() const {
    const PackedObject mine = writes.get(kKey);
    return mine ? resourceVersionOf(*mine.unpack()) : "the store's";
  }
  OwnWrites writes;
};

TEST_F(OwnWritesTest, ALaterStateIsShownUntilTheStoreHasIt) {
  write(configMap("10"), configMap("9"));  // as numbers: "10" < "9" as text
  EXPECT_EQ(shown(), "10");
  writes.seen(configMap("9"));
  EXPECT_EQ(shown(), "10");
  writes.seen(configMap("10"));
  EXPECT_EQ(shown(), "the store's");
}

TEST_F(OwnWritesTest, AStateThatTheStoreHasOrIsBeyondIsNotShown) {
  write(configMap("10"), configMap("10"));
  EXPECT_EQ(shown(), "the store's");
  write(configMap("10"), configMap("11"));
  EXPECT_EQ(shown(), "the store's");
}

TEST_F(OwnWritesTest, OfTwoWritesTheLaterIsShownWhicheverAnswerIsReadFirst) {
  write(configMap("12"), configMap("9"));
  write(configMap("10"), configMap("9"));
  EXPECT_EQ(shown(), "12");
  writes.seen(configMap("10"));
  EXPECT_EQ(shown(), "12");
}

TEST_F(OwnWritesTest, WhatTheStoreLacksOrMadeAnewDoesNotComeBack) {
  write(configMap("10"), Json());
  EXPECT_EQ(shown(), "the store's");
  write(configMap("10"), configMap("9", "two"));
  EXPECT_EQ(shown(), "the store's");
}

TEST_F(OwnWritesTest, GoesWithItsObjectAndWithAListThatReplacedTheStore) {
  write(configMap("10"), configMap("9"));
  writes.gone(kKey);
  EXPECT_EQ(shown(), "the store's");
  write(configMap("10"), configMap("9"));
  writes.clear();
  EXPECT_EQ(shown(), "the store's");
}

TEST_F(OwnWritesTest, VersionsThatAreNoNumbersAreLeftAlone) {
  for (const char* version : {"", "x", "1x", "-1", "99999999999999999999"}) {
    write(configMap(version), configMap("9"));
    EXPECT_EQ(shown(), "the store's") << version;
    write(configMap("10"), configMap(version));
    EXPECT_EQ(shown(), "the store's") << version;
  }
}

TEST_F(OwnWritesTest, AnEventThatComesWhileAWriteIsNotedWins) {
  std::thread watch;
  writes.written(configMap("10"), [&](const ObjectKey&) {
    // The store was read; now it changes, before the write is noted.
    watch = std::thread([this] { writes.seen(configMap("12")); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return std::make_shared<const Json>(configMap("9"));
  });
  watch.join();
  EXPECT_EQ(shown(), "the store's");
}

}  // namespace
}  // namespace windlass::kube::own_writes_test
