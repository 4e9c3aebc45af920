#pragma once
// References: ${name} in a text of the data stands for a fact of the cloud being rendered. A closed list and no logic:
// an unknown name is an error. "$${" is a literal "${".
//
//   cloud  namespace  region  release
//   database.host  database.port   (also messaging, cache: where that role is reached)
//   gateway.host
//   api.<type>.url   public URL with path       api.<type>.base   the same without path
//   each.type  each.port  each.stable  each.canary  each.backendPort  each.health      in sections with forEach: api
//   target.database  target.user                                                       in a provision job
//   target.databases  target.name                                                      in a backup or restore job
//   target.name                                                                        in a probe
#include <map>
#include <string>

#include "kube/object/result.h"

namespace windlass::ops {

using References = std::map<std::string, std::string>;

// Invalid with `where` in front when the text names something unknown.
kube::Result<std::string> expand(const std::string& text, const References& references, const std::string& where);

}  // namespace windlass::ops
