// A VirtualMachine as a tenant may write it.
#include "vmctl/model/virtual_machine.h"

#include "kube/object/parse.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace vm;  // NOLINT(google-build-using-namespace): a small program

void virtualMachine(std::string_view bytes) {
  const auto object = kube::parseJson(bytes);
  if (!object) return;
  const auto machine = decodeVirtualMachine(*object);
  if (!machine) {
    FUZZ_REQUIRE(machine.error().kind == kube::ErrorKind::Invalid);
    FUZZ_REQUIRE(!machine.error().message.empty());
    return;
  }
  const VirtualMachineSpec& spec = machine->spec;
  FUZZ_REQUIRE(spec.memoryBytes >= MinMemoryBytes && spec.memoryBytes <= MaxMemoryBytes);
  FUZZ_REQUIRE(parseMemory(spec.memory) == spec.memoryBytes);
  FUZZ_REQUIRE(spec.cores >= 1);
  FUZZ_REQUIRE(!spec.hostname.empty() || machine->name.empty());  // the API server lets no object in without a name
  FUZZ_REQUIRE(!spec.image.reference.empty());
  FUZZ_REQUIRE(spec.terminationGracePeriodSeconds >= 0);
  if (spec.cloudInit)
    FUZZ_REQUIRE(spec.cloudInit->userData.has_value() != spec.cloudInit->userDataSecretRef.has_value());
  if (spec.readinessProbe) FUZZ_REQUIRE(spec.readinessProbe->port >= 1 && spec.readinessProbe->port <= 65535);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(virtual_machine, windlass::fuzz::virtualMachine)
