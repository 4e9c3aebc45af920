#include "vmctl/carrier/record.h"

#include <gtest/gtest.h>

namespace windlass::vm::carrier {
namespace {

TEST(AgentRecord, StoppedCarriesCodeAndText) {
  const AgentRecord record = parseAgentRecord("stopped 10 QEMU died: signal 9");
  EXPECT_EQ(record.verb, AgentVerb::Stopped);
  EXPECT_EQ(record.number, 10);
  EXPECT_EQ(record.text, "QEMU died: signal 9");
}

TEST(AgentRecord, WithANumberOutOfRangeIsUnknown) {
  for (const char* text :
       {"stopped", "stopped x", "stopped 256 y", "stopped -1 y", "stopped 99999999999 y", "hello 0", "hello"}) {
    EXPECT_EQ(parseAgentRecord(text).verb, AgentVerb::Unknown) << text;
  }
}

TEST(AgentRecord, OfANewerVocabularyIsUnknown) {
  EXPECT_EQ(parseAgentRecord("migrate now").verb, AgentVerb::Unknown);
}

TEST(CarrierRecord, HelloTellsStateAndConsole) {
  const CarrierRecord record = parseCarrierRecord("hello 1 running console");
  EXPECT_EQ(record.verb, CarrierVerb::Hello);
  EXPECT_EQ(record.number, 1);
  EXPECT_EQ(record.state, "running");
  EXPECT_TRUE(record.hasConsole);
  EXPECT_FALSE(parseCarrierRecord("hello 1 waiting noconsole").hasConsole);
}

TEST(CarrierRecord, HelloInAnUnknownStateIsUnknown) {
  EXPECT_EQ(parseCarrierRecord("hello 1 dancing console").verb, CarrierVerb::Unknown);
}

TEST(CarrierRecord, TerminateCarriesTheGracePeriod) {
  EXPECT_EQ(parseCarrierRecord("terminate 60").number, 60);
  EXPECT_EQ(parseCarrierRecord("terminate soon").verb, CarrierVerb::Unknown);
}

}  // namespace
}  // namespace windlass::vm::carrier
