#include <sstream>
#include <string_view>

#include <pugixml.hpp>

#include "vmctl/domain/domain.h"
#include "vmctl/domain/metadata.h"

namespace windlass::vm {
namespace {

using pugi::xml_node;

constexpr int kTranslationCacheMiB = 32;

// Children and attributes in one line each, so that the functions below read like the XML they make.
xml_node child(xml_node parent, const char* name) {
  return parent.append_child(name);
}
xml_node text(xml_node parent, const char* name, const std::string& value) {
  xml_node node = child(parent, name);
  node.text().set(value.c_str());
  return node;
}
xml_node with(xml_node node, const char* attribute, const std::string& value) {
  node.append_attribute(attribute) = value.c_str();
  return node;
}

void writeBoot(xml_node root, const Domain& domain) {
  xml_node os = child(root, "os");
  // i440FX: the smallest machine libvirt drives fully; Q35 adds PCIe root ports a guest of this device set never uses.
  with(with(text(os, "type", "hvm"), "arch", "x86_64"), "machine", "pc");
  if (!domain.kernel) {
    with(child(os, "boot"), "dev", "hd");
    return;
  }
  text(os, "kernel", domain.kernel->kernel);
  if (!domain.kernel->initrd.empty()) text(os, "initrd", domain.kernel->initrd);
  text(os, "cmdline", domain.kernel->arguments);
}

void writeFeatures(xml_node root, const Domain& domain) {
  xml_node features = child(root, "features");
  child(features, "acpi");
  child(features, "apic");
  // QEMU would keep up to an eighth of the node's memory for translated code; the pod reserves far less above the
  // guest's.
  if (domain.acceleration != Acceleration::Emulation) return;
  with(text(child(features, "tcg"), "tb-cache", std::to_string(kTranslationCacheMiB)), "unit", "MiB");
}

void writeCpu(xml_node root, const Domain& domain) {
  // `maximum`: everything the emulator can do; host-passthrough exists only with KVM.
  const bool kvm = domain.acceleration == Acceleration::Kvm;
  with(child(root, "cpu"), "mode", kvm ? "host-passthrough" : "maximum");
}

void writeLifecycle(xml_node root) {
  with(child(root, "clock"), "offset", "utc");
  text(root, "on_poweroff", "destroy");
  text(root, "on_reboot", "restart");
  text(root, "on_crash", "destroy");
}

void writeDisk(xml_node devices, const Disk& disk) {
  xml_node node = with(with(child(devices, "disk"), "type", "file"), "device", "disk");
  with(with(child(node, "driver"), "name", "qemu"), "type", disk.image.format);
  with(child(node, "source"), "file", disk.image.path);
  xml_node below = child(node, "backingStore");
  if (disk.backing) {
    with(below, "type", "file");
    with(child(below, "format"), "type", disk.backing->format);
    with(child(below, "source"), "file", disk.backing->path);
    child(below, "backingStore");  // an empty one ends the chain: libvirt probes no further
  }
  with(with(child(node, "target"), "dev", disk.target), "bus", "virtio");
  if (disk.readOnly) child(node, "readonly");
  if (!disk.serial.empty()) text(node, "serial", disk.serial);
}

void writeNic(xml_node devices, const Nic& nic) {
  xml_node node = with(child(devices, "interface"), "type", "ethernet");
  with(child(node, "mac"), "address", nic.mac);
  with(with(child(node, "target"), "dev", nic.tap), "managed", "no");
  with(child(node, "model"), "type", "virtio");
  with(child(node, "mtu"), "size", std::to_string(nic.mtu));
}

void writeConsole(xml_node devices, const std::string& socket) {
  xml_node serial = with(child(devices, "serial"), "type", "unix");
  with(with(child(serial, "source"), "mode", "bind"), "path", socket);
  with(child(serial, "target"), "port", "0");
  xml_node console = with(child(devices, "console"), "type", "unix");
  with(with(child(console, "source"), "mode", "bind"), "path", socket);
  with(with(child(console, "target"), "type", "serial"), "port", "0");
}

void writeGuestAgent(xml_node devices) {
  xml_node channel = with(child(devices, "channel"), "type", "unix");
  with(with(child(channel, "target"), "type", "virtio"), "name", "org.qemu.guest_agent.0");
}

void writeDevices(xml_node root, const Domain& domain) {
  xml_node devices = child(root, "devices");
  for (const Disk& disk : domain.disks) writeDisk(devices, disk);
  with(with(child(devices, "controller"), "type", "usb"), "model", "none");
  writeNic(devices, domain.nic);
  writeConsole(devices, domain.consoleSocket);
  writeGuestAgent(devices);
  with(child(child(devices, "video"), "model"), "type", "none");
  with(child(devices, "memballoon"), "model", "none");
  with(text(with(child(devices, "rng"), "model", "virtio"), "backend", "/dev/urandom"), "model", "random");
  // Tells a guest's panic from an ordinary power-off.
  with(child(devices, "panic"), "model", "isa");
}

}  // namespace

std::string_view domainType(Acceleration acceleration) {
  return acceleration == Acceleration::Kvm ? "kvm" : "qemu";
}

std::string domainName(const Identity& identity) {
  return identity.ns + "." + identity.name;
}

std::string domainXml(const Domain& domain) {
  pugi::xml_document document;
  xml_node root = with(child(document, "domain"), "type", std::string(domainType(domain.acceleration)));
  text(root, "name", domainName(domain.identity));
  text(root, "uuid", domain.identity.vmUid);
  writeIdentity(child(root, "metadata"), domain.identity);
  with(text(root, "memory", std::to_string(domain.memoryBytes)), "unit", "b");
  text(root, "vcpu", std::to_string(domain.vcpus));
  writeBoot(root, domain);
  writeFeatures(root, domain);
  writeCpu(root, domain);
  writeLifecycle(root);
  writeDevices(root, domain);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent | pugi::format_no_declaration);
  return out.str();
}

}  // namespace windlass::vm
