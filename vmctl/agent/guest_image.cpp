#include "vmctl/agent/guest_image.h"

#include <algorithm>

#include "kube/object/json.h"
#include "kube/object/meta.h"
#include "kube/object/parse.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Json;
using kube::Result;
using kube::Status;

namespace {

// A plain file name below /disk: one or more names separated by single slashes, none of them "." or "..".
bool isPlainPath(const std::string& path) {
  if (path.empty() || path.size() > 255 || path.front() == '/' || path.back() == '/') return false;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return path.find('\0') == std::string::npos;
}

bool isSha256(const std::string& text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<ImageFile> fileAt(const Json& json, const char* field) {
  ImageFile file{kube::stringAt(json, std::string("/") + field), ""};
  if (file.name.empty()) return file;
  if (!isPlainPath(file.name)) {
    return fail(ErrorKind::Invalid, std::string("image.json: ") + field + " must be the path of a file below /disk");
  }
  const Json* sums = kube::find(json, "/sha256");
  if (sums == nullptr || !sums->is_object() || !sums->contains(file.name)) return file;
  const Json& sum = (*sums)[file.name];
  file.sha256 = sum.is_string() ? sum.get<std::string>() : "";
  if (!isSha256(file.sha256)) {
    return fail(ErrorKind::Invalid, "image.json: sha256 of " + file.name + " must be 64 hexadecimal digits");
  }
  return file;
}

}  // namespace

Result<GuestImage> decodeGuestImage(const std::string& text) {
  const auto parsed = kube::parseJson(text);
  if (!parsed || !parsed->is_object())
    return fail(ErrorKind::Invalid, "image.json of the guest image is not a JSON object");
  const Json& json = *parsed;
  GuestImage image;
  WINDLASS_TRY_ASSIGN(image.kernel, fileAt(json, "kernel"));
  WINDLASS_TRY_ASSIGN(image.initrd, fileAt(json, "initrd"));
  WINDLASS_TRY_ASSIGN(image.disk, fileAt(json, "disk"));
  image.arguments = kube::stringAt(json, "/cmdline");
  image.format = kube::stringAt(json, "/format", "qcow2");
  const std::string kind = kube::stringAt(json, "/kind");
  if (kind == "kernel") {
    if (image.kernel.name.empty()) return fail(ErrorKind::Invalid, "image.json: kind kernel needs the field kernel");
    return image;
  }
  if (kind != "disk") return fail(ErrorKind::Invalid, "image.json: kind must be kernel or disk, not '" + kind + "'");
  image.kind = GuestImage::Kind::Disk;
  if (image.disk.name.empty()) return fail(ErrorKind::Invalid, "image.json: kind disk needs the field disk");
  if (image.format != "qcow2" && image.format != "raw") {
    return fail(ErrorKind::Invalid, "image.json: format must be qcow2 or raw, not '" + image.format + "'");
  }
  return image;
}

Status checkQcow2Header(const std::string& header) {
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(header[at + i]);
    return value;
  };
  if (header.size() < 72 || header.substr(0, 4) != "QFI\xfb")
    return fail(ErrorKind::Invalid, "the disk is not a qcow2 file");
  const std::uint64_t version = number(4, 4);
  if (version != 2 && version != 3) return fail(ErrorKind::Invalid, "the disk is a qcow2 file of an unknown version");
  if (number(8, 8) != 0) {
    return fail(ErrorKind::Invalid, "the disk refers to a backing file; flatten it with qemu-img convert");
  }
  // Bit 2 of the incompatible features: the data lies in another file.
  if (version == 3 && (header.size() < 80 || (number(72, 8) & 4) != 0)) {
    return fail(ErrorKind::Invalid, "the disk keeps its data in an external file; flatten it with qemu-img convert");
  }
  return {};
}

}  // namespace windlass::vm
