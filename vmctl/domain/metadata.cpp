#include "vmctl/domain/metadata.h"

#include <pugixml.hpp>

#include "vmctl/domain/domain.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;

void writeIdentity(pugi::xml_node metadata, const Identity& identity) {
  pugi::xml_node vm = metadata.append_child("windlass:vm");
  vm.append_attribute("xmlns:windlass") = kMetadataNamespace;
  vm.append_attribute("namespace") = identity.ns.c_str();
  vm.append_attribute("name") = identity.name.c_str();
  vm.append_attribute("uid") = identity.vmUid.c_str();
  vm.append_attribute("generation") = std::to_string(identity.generation).c_str();
  vm.append_attribute("pod") = identity.podName.c_str();
  vm.append_attribute("podUid") = identity.podUid.c_str();
}

kube::Result<Identity> identityFromXml(const std::string& xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) {
    return fail(ErrorKind::Decode, "libvirt returned domain XML that does not parse");
  }
  const pugi::xml_node vm = document.child("domain").child("metadata").child("windlass:vm");
  if (!vm || std::string_view(vm.attribute("xmlns:windlass").value()) != kMetadataNamespace) {
    return fail(ErrorKind::NotFound, "the domain carries no Windlass metadata");
  }
  Identity identity{vm.attribute("namespace").value(), vm.attribute("name").value(),
                    vm.attribute("uid").value(),       vm.attribute("generation").as_llong(),
                    vm.attribute("pod").value(),       vm.attribute("podUid").value()};
  if (identity.ns.empty() || identity.name.empty() || identity.vmUid.empty() || identity.podName.empty() ||
      identity.podUid.empty()) {
    return fail(ErrorKind::Decode, "the domain's Windlass metadata is incomplete");
  }
  return identity;
}

}  // namespace windlass::vm
