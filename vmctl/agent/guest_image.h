#pragma once
// What a guest image says of itself: /disk/image.json of the OCI image volume. Pure decoding, strict.
//   {"kind": "kernel", "kernel": "vmlinuz", "initrd": "initrd", "cmdline": "console=ttyS0"}
//   {"kind": "disk", "disk": "disk.qcow2", "format": "qcow2"}
// Both may have "sha256": {"<file>": "<hex>"}: then a node that holds the file already never reads it again.
#include <string>

#include "kube/object/result.h"

namespace windlass::vm {

struct ImageFile {
  std::string name;    // below /disk
  std::string sha256;  // 64 hexadecimal digits, or empty
};

struct GuestImage {
  enum class Kind { Kernel, Disk } kind = Kind::Kernel;
  ImageFile kernel;
  ImageFile initrd;  // name empty: none
  std::string arguments;
  ImageFile disk;
  std::string format;  // "qcow2" or "raw"
};

kube::Result<GuestImage> decodeGuestImage(const std::string& text);

// Refuses a qcow2 file that refers to other files: QEMU would open whatever path the image names. `header` holds its
// first bytes (104 are enough). Source: docs/interop/qcow2.txt of QEMU.
kube::Status checkQcow2Header(const std::string& header);

}  // namespace windlass::vm
