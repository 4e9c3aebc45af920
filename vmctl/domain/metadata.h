#pragma once
// Private to vmctl/domain: the <metadata> element that says whose guest a domain is.
#include <pugixml.hpp>

#include "vmctl/domain/domain.h"

namespace windlass::vm {

inline constexpr const char* kMetadataNamespace = "https://windlass.dev/domain/1";
void writeIdentity(pugi::xml_node metadata, const Identity& identity);

}  // namespace windlass::vm
