#pragma once
// What an informer keeps of each object: applied before it is stored, so memory follows what is kept. A projection has
// a name, because two users of one kind share an informer exactly when they keep the same (Manager::informer).
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kube/object/json.h"

namespace windlass::kube {

class Projection {
 public:
  Projection() = default;  // the whole object (metadata.managedFields is dropped always)
  Projection(std::string name, std::function<void(Json&)> apply) : name_(std::move(name)), apply_(std::move(apply)) {}
  // A function without a name: shared by the copies of this projection only.
  template <class F, class = std::enable_if_t<std::is_invocable_v<F&, Json&>>>
  Projection(F apply) : Projection(uniqueName(), std::function<void(Json&)>(std::move(apply))) {}

  explicit operator bool() const { return static_cast<bool>(apply_); }
  void operator()(Json& object) const { apply_(object); }
  const std::string& name() const { return name_; }

 private:
  static std::string uniqueName();

  std::string name_;
  std::function<void(Json&)> apply_;
};

// apiVersion, kind and metadata. Unlike InformerOptions::metadataOnly the whole object comes over the wire; use it when
// others of the process need more, or for kinds without metadata views.
Projection keepMetadata();
// apiVersion, kind, metadata and these fields: keepFields({"/spec/nodeName", "/status/phase"}). A pointer through a
// list keeps the whole list.
Projection keepFields(std::vector<std::string> pointers);
// Everything but these fields: dropFields({"/data"}).
Projection dropFields(std::vector<std::string> pointers);

}  // namespace windlass::kube
