#include <fmt/format.h>

#include "kube/object/quantity.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

kube::Result<std::uint64_t> parseMemory(std::string_view text) {
  const auto quantity = kube::Quantity::parse(text);
  if (!quantity || quantity->value() < 0) {
    return kube::fail(kube::ErrorKind::Invalid, fmt::format("'{}' is not a quantity such as 512Mi or 2Gi", text));
  }
  return static_cast<std::uint64_t>(quantity->value());
}

}  // namespace windlass::vm
