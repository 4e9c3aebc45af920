#pragma once
// Memory a carrier pod reserves beside the guest's own: QEMU's heap and threads, its translation buffer, page tables
// that map the guest, and the carrier. Pure.
#include <cstdint>

namespace windlass::vm {

// Bytes. 80 MiB for a small guest; 2 MiB per processor beyond the first and 1/512 of the memory beyond 1 GiB (one
// 8-byte page table entry for each 4 KiB page) come on top.
std::uint64_t memoryOverheadBytes(std::uint64_t guestBytes, int cores);

}  // namespace windlass::vm
