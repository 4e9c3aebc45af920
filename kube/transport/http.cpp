#include "kube/transport/http.h"

#include <algorithm>

namespace windlass::kube {

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace windlass::kube
