#pragma once
// An object at rest: MessagePack in one allocation, a fraction of what its tree of values needs. What an informer
// holds. Source: https://msgpack.org; nlohmann/json to_msgpack.
//
// Immutable; copies share the bytes. Thread-safe as a shared_ptr is.
#include <cstddef>
#include <memory>

#include "kube/runtime/informer.h"

namespace windlass::kube {

class PackedObject {
 public:
  PackedObject() = default;  // none
  explicit PackedObject(const Json& object);

  explicit operator bool() const { return bytes_ != nullptr; }
  // A tree of values for this caller alone; null for none. Microseconds a kB.
  ObjectPtr unpack() const;
  std::size_t size() const { return size_; }  // bytes
  friend bool operator==(const PackedObject& a, const PackedObject& b);

 private:
  std::shared_ptr<const char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace windlass::kube
