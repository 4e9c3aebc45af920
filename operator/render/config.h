#pragma once
// Config files: layers of section/key/values merged, then written in the file's format. Private to this room.
#include "operator/render/scope.h"

namespace windlass::ops {

// File name -> text. Layers: definition, release and (unless `withCloud` is false) the cloud's config.
// Invalid when the cloud sets an unknown file, an unknown section, or an option that Windlass sets from a Secret.
Result<std::map<std::string, std::string>> renderConfig(const Scope& scope, const ServiceDefinition& definition,
                                                        bool withCloud);

}  // namespace windlass::ops
