#pragma once
// Something outside of the cluster for the example to keep: one file a key. Thread-safe for different keys.
#include <string>

#include "kube/object/resource.h"
#include "kube/object/result.h"

namespace windlass::example {

class PageFolder {
 public:
  explicit PageFolder(std::string folder) : folder_(std::move(folder)) {}

  std::string pathOf(const kube::ObjectKey& key) const;
  // False: the page was there already. Io.
  kube::Result<bool> write(const kube::ObjectKey& key, const std::string& text) const;
  // A page that is not there is fine. Io.
  kube::Status remove(const kube::ObjectKey& key) const;

 private:
  std::string folder_;
};

}  // namespace windlass::example
