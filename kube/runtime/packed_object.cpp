#include "kube/runtime/packed_object.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace windlass::kube {

PackedObject::PackedObject(const Json& object) {
  thread_local std::vector<std::uint8_t> scratch;  // grows to the largest object once
  scratch.clear();
  Json::to_msgpack(object, scratch);
  auto bytes = std::make_shared_for_overwrite<char[]>(scratch.size());
  std::copy(scratch.begin(), scratch.end(), bytes.get());
  bytes_ = std::move(bytes);
  size_ = scratch.size();
}

ObjectPtr PackedObject::unpack() const {
  if (!bytes_) return nullptr;
  return std::make_shared<const Json>(Json::from_msgpack(bytes_.get(), bytes_.get() + size_, true, false));
}

bool operator==(const PackedObject& a, const PackedObject& b) {
  return std::string_view(a.bytes_.get(), a.size_) == std::string_view(b.bytes_.get(), b.size_);
}

}  // namespace windlass::kube
