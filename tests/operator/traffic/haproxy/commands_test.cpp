// Commands as values.
#include "operator/traffic/haproxy/commands.h"

#include <gtest/gtest.h>

namespace windlass::ops::haproxy {
namespace {

TEST(Commands, AreWrittenAsHaproxyReadsThem) {
  EXPECT_EQ(Command::showStat().text(), "show stat");
  EXPECT_EQ(Command::setMap("/m/weights.map", "identity", "100")->text(), "set map /m/weights.map identity 100");
  EXPECT_EQ(Command::addMap("/m/headers.map", "identity/yes", "1")->text(), "add map /m/headers.map identity/yes 1");
  EXPECT_EQ(Command::deleteMap("/m/headers.map", "identity/yes")->text(), "del map /m/headers.map identity/yes");
  EXPECT_EQ(Command::setWeight("identity", "stable1", 10)->text(), "set server identity/stable1 weight 10");
  EXPECT_EQ(Command::drain("identity", "stable1")->text(), "set server identity/stable1 state drain");
  EXPECT_EQ(Command::ready("identity", "stable1")->text(), "set server identity/stable1 state ready");
  EXPECT_EQ(lineOf({Command::showInfo(), Command::showStat()}), "show info;show stat");
}

TEST(Commands, NothingCanBeSmuggledIn) {
  for (const char* word : {"", "a b", "a;show sess", "a\nshow sess", "a\\", "a\"", "<<", "\x01", "\xc3\xa4"}) {
    EXPECT_FALSE(Command::addMap("/m/headers.map", word, "1")) << word;
    EXPECT_FALSE(Command::setMap("/m/headers.map", "key", word)) << word;
    EXPECT_FALSE(Command::showTable(word)) << word;
    EXPECT_FALSE(Command::showMap(word)) << word;
  }
  EXPECT_FALSE(Command::showMap(std::string(300, 'a')));
}

TEST(Commands, WeightsAreBounded) {
  EXPECT_TRUE(Command::setWeight("b", "s", 256));
  EXPECT_FALSE(Command::setWeight("b", "s", 257));
  EXPECT_FALSE(Command::setWeight("b", "s", -1));
}

}  // namespace
}  // namespace windlass::ops::haproxy
