// What carrier and agent tell each other, one record a line, and the console's queue against a plain string.
#include <memory>

#include "tests/fuzz/fuzz.h"
#include "vmctl/carrier/console.h"
#include "vmctl/carrier/record.h"

namespace windlass::fuzz {
namespace {

using namespace vm::carrier;  // NOLINT(google-build-using-namespace): a small program

bool isWithin(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void checkAgentRecord(std::string_view text) {
  const AgentRecord record = parseAgentRecord(text);
  FUZZ_REQUIRE(isWithin(record.text, text));
  if (record.verb == AgentVerb::Hello) FUZZ_REQUIRE(record.number >= 1 && record.number <= 1000);
  if (record.verb != AgentVerb::Stopped) return;
  FUZZ_REQUIRE(record.number >= 0 && record.number <= 255);
  const std::string again = "stopped " + std::to_string(record.number) + " " + std::string(record.text);
  const AgentRecord same = parseAgentRecord(again);
  FUZZ_REQUIRE(same.verb == record.verb && same.number == record.number && same.text == record.text);
}

void checkCarrierRecord(std::string_view text) {
  const CarrierRecord record = parseCarrierRecord(text);
  FUZZ_REQUIRE(isWithin(record.state, text));
  if (record.verb == CarrierVerb::Terminate) FUZZ_REQUIRE(record.number >= 0 && record.number <= 86400);
  if (record.verb != CarrierVerb::Hello) return;
  const std::string again = "hello " + std::to_string(record.number) + " " + std::string(record.state) + " " +
                            (record.hasConsole ? "console" : "noconsole");
  const CarrierRecord same = parseCarrierRecord(again);
  FUZZ_REQUIRE(same.verb == record.verb && same.number == record.number && same.state == record.state &&
               same.hasConsole == record.hasConsole);
}

// Even bytes push (a block as long as the byte squared), odd ones pop.
void checkQueue(std::string_view bytes) {
  const auto queue = std::make_unique<ByteQueue>();
  std::string model;
  for (const char c : bytes.substr(0, 16)) {
    const auto amount = static_cast<std::size_t>(static_cast<unsigned char>(c)) * static_cast<unsigned char>(c);
    if (amount % 2 == 0) {
      const std::string block(amount, c);
      const bool fits = model.size() + amount <= ByteQueue::kCapacity;
      FUZZ_REQUIRE(queue->push(block) == fits);
      if (fits) model += block;
    } else {
      queue->pop(amount);
      model.erase(0, amount);
    }
    FUZZ_REQUIRE(queue->data() == model);
    FUZZ_REQUIRE(queue->room() == ByteQueue::kCapacity - model.size());
  }
}

void carrier(std::string_view bytes) {
  checkQueue(bytes);
  while (!bytes.empty()) {
    const auto [line, rest] = splitLine(bytes);
    checkAgentRecord(line);
    checkCarrierRecord(line);
    bytes = rest;
  }
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(carrier, windlass::fuzz::carrier)
