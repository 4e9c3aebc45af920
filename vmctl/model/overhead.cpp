#include "vmctl/model/overhead.h"

namespace windlass::vm {

std::uint64_t memoryOverheadBytes(std::uint64_t guestBytes, int cores) {
  constexpr std::uint64_t MiB = 1ULL << 20;
  constexpr std::uint64_t Small = 1024 * MiB;
  const std::uint64_t pageTables = guestBytes > Small ? (guestBytes - Small) / 512 : 0;
  const std::uint64_t processors = cores > 1 ? static_cast<std::uint64_t>(cores - 1) * 2 * MiB : 0;
  return 80 * MiB + pageTables + processors;
}

}  // namespace windlass::vm
