#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "vmctl/domain/seed.h"

namespace windlass::vm {
namespace {

constexpr std::size_t kSector = 2048;
constexpr std::uint32_t kPrimaryPathTable = 19;  // little-endian; big-endian one follows
constexpr std::uint32_t kJolietPathTable = 21;
constexpr std::uint32_t kDirectories = 23;
constexpr std::uint32_t kPathTableSize = 10;

// Little- and big-endian integers, and the "both-byte" form ISO 9660 uses for most fields.
std::string le(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}
std::string be(std::uint32_t value, int bytes) {
  std::string out = le(value, bytes);
  std::reverse(out.begin(), out.end());
  return out;
}
std::string both(std::uint32_t value, int bytes) {
  return le(value, bytes) + be(value, bytes);
}

std::string ucs2(std::string_view text) {
  std::string out;
  for (const char c : text) out += {'\0', c};
  return out;
}

std::string padded(std::string text, std::size_t size, char fill) {
  text.resize(size, fill);
  return text;
}

std::string paddedUcs2(std::string_view text, std::size_t size) {
  std::string out = ucs2(text);
  while (out.size() < size) out += {'\0', ' '};
  return out.substr(0, size);
}

std::string toSectors(std::string bytes) {
  bytes.resize((bytes.size() + kSector - 1) / kSector * kSector, '\0');
  return bytes;
}

std::uint32_t sectors(std::size_t bytes) {
  return static_cast<std::uint32_t>((bytes + kSector - 1) / kSector);
}

struct Extent {
  std::uint32_t sector = 0;
  std::uint32_t bytes = 0;
};

// ECMA-119 9.1. The date is 1970-01-01.
std::string directoryRecord(const Extent& extent, bool directory, const std::string& name) {
  std::string record = both(extent.sector, 4) + both(extent.bytes, 4);
  record += {70, 1, 1, 0, 0, 0, 0};
  record += {static_cast<char>(directory ? 2 : 0), 0, 0};
  record += both(1, 2);
  record += static_cast<char>(name.size());
  record += name;
  if (name.size() % 2 == 0) record += '\0';
  return std::string{static_cast<char>(record.size() + 2), '\0'} + record;
}

struct Entry {
  std::string name;
  Extent extent;
};

// The records of a root directory; none crosses a sector boundary.
std::string directoryOf(const Extent& self, const std::vector<Entry>& entries) {
  std::string out =
      directoryRecord(self, true, std::string(1, '\0')) + directoryRecord(self, true, std::string(1, '\1'));
  for (const Entry& entry : entries) {
    const std::string record = directoryRecord(entry.extent, false, entry.name);
    if (out.size() / kSector != (out.size() + record.size() - 1) / kSector) out = toSectors(std::move(out));
    out += record;
  }
  return toSectors(std::move(out));
}

std::string pathTable(std::uint32_t root, bool littleEndian) {
  const auto number = [&](std::uint32_t value, int bytes) {
    return littleEndian ? le(value, bytes) : be(value, bytes);
  };
  return toSectors(std::string{1, 0} + number(root, 4) + number(1, 2) + std::string(2, '\0'));
}

// ECMA-119 8.4 and 8.5; Joliet differs by type, escape sequence and text encoding.
std::string volumeDescriptor(bool joliet, const std::string& label, std::uint32_t totalSectors, const Extent& root) {
  const auto textField = [&](std::string_view text, std::size_t size) {
    return joliet ? paddedUcs2(text, size) : padded(std::string(text), size, ' ');
  };
  const std::uint32_t table = joliet ? kJolietPathTable : kPrimaryPathTable;
  std::string out = std::string{static_cast<char>(joliet ? 2 : 1)} + "CD001" + std::string{1, 0};
  out += textField("", 32) + textField(label, 32) + std::string(8, '\0') + both(totalSectors, 4);
  out += padded(joliet ? "%/E" : "", 32, '\0');
  out += both(1, 2) + both(1, 2) + both(kSector, 2) + both(kPathTableSize, 4);
  out += le(table, 4) + le(0, 4) + be(table + 1, 4) + be(0, 4);
  out += directoryRecord(root, true, std::string(1, '\0'));
  for (const std::size_t size : {128, 128, 128, 128, 37, 37, 37}) out += padded(textField("", size), size, '\0');
  for (int date = 0; date < 4; ++date) out += std::string(16, '0') + '\0';  // not specified
  out += '\1';
  return toSectors(std::move(out));
}

std::string terminator() {
  return toSectors(std::string("\377CD001\1", 7));
}

}  // namespace

std::string isoImage(const std::string& label, const std::vector<SeedFile>& files) {
  std::vector<SeedFile> sorted = files;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.name < b.name; });

  // Names have fixed lengths before extents are known, so a first pass with empty extents gives the directories' sizes.
  std::vector<Entry> primary, joliet;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    primary.push_back({fmt::format("FILE{:04}.;1", i), {}});
    joliet.push_back({ucs2(sorted[i].name), {}});
  }
  const Extent primaryRoot{kDirectories, static_cast<std::uint32_t>(directoryOf({}, primary).size())};
  const Extent jolietRoot{kDirectories + sectors(primaryRoot.bytes),
                          static_cast<std::uint32_t>(directoryOf({}, joliet).size())};
  std::uint32_t next = jolietRoot.sector + sectors(jolietRoot.bytes);
  std::string data;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Extent extent{next, static_cast<std::uint32_t>(sorted[i].content.size())};
    primary[i].extent = joliet[i].extent = extent;
    next += sectors(extent.bytes);
    data += toSectors(sorted[i].content);
  }
  std::string out(16 * kSector, '\0');
  out += volumeDescriptor(false, label, next, primaryRoot) + volumeDescriptor(true, label, next, jolietRoot) +
         terminator();
  out += pathTable(primaryRoot.sector, true) + pathTable(primaryRoot.sector, false);
  out += pathTable(jolietRoot.sector, true) + pathTable(jolietRoot.sector, false);
  out += directoryOf(primaryRoot, primary) + directoryOf(jolietRoot, joliet);
  return out + data;
}

}  // namespace windlass::vm
