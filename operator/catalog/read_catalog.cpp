// The only I/O of the room: reading the files of both folders.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = (std::size_t{1} << 20) + 1;
constexpr std::size_t kMaxDefinitions = 200;
constexpr std::size_t kMaxFiles = 200;

Result<std::string> readText(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return kube::fail(kube::ErrorKind::Missing, path.string() + ": cannot be opened");
  std::string text;
  text.resize(kMaxFileBytes);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

Result<std::vector<fs::path>> entriesOf(const fs::path& folder, std::size_t limit) {
  std::error_code error;
  std::vector<fs::path> out;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    out.push_back(at->path());
    if (out.size() > limit) {
      return kube::fail(kube::ErrorKind::TooLarge,
                        folder.string() + ": holds more than " + std::to_string(limit) + " entries");
    }
  }
  if (error) return kube::fail(kube::ErrorKind::Missing, folder.string() + ": " + error.message());
  std::sort(out.begin(), out.end());
  return out;
}

struct Documents {
  std::map<std::string, YamlDocument> definitions, releases, sequences, hops;
};

Status readDefinitions(const fs::path& charts, Catalog& catalog, Documents& documents) {
  WINDLASS_TRY_ASSIGN(const std::vector<fs::path> folders, entriesOf(charts, kMaxDefinitions));
  for (const fs::path& folder : folders) {
    const fs::path file = folder / "service.yaml";
    std::error_code error;
    if (!fs::exists(file, error)) continue;
    WINDLASS_TRY_ASSIGN(const std::string text, readText(file));
    WINDLASS_TRY_ASSIGN(YamlDocument document, parseYaml(text, file.string()));
    WINDLASS_TRY_ASSIGN(ServiceDefinition definition, decodeDefinitionDocument(document));
    const std::string name = definition.name;
    if (name != folder.filename().string()) {
      return kube::fail(kube::ErrorKind::Invalid, document.where("name") + "name: must be the folder's name, " +
                                                      inQuotes(folder.filename().string()));
    }
    catalog.definitions.emplace(name, std::move(definition));
    documents.definitions.emplace(name, std::move(document));
  }
  return {};
}

// Every *.yaml of a folder; `nameOf` is what its contents say its name is.
template <class T>
Status readFolder(const fs::path& folder, Result<T> (*decode)(const YamlDocument&, std::set<std::string>*),
                  const std::string& nameField, std::string (*nameOf)(const T&), std::map<std::string, T>& out,
                  std::map<std::string, YamlDocument>& documents) {
  WINDLASS_TRY_ASSIGN(const std::vector<fs::path> files, entriesOf(folder, kMaxFiles));
  for (const fs::path& file : files) {
    if (file.extension() != ".yaml") continue;
    WINDLASS_TRY_ASSIGN(const std::string text, readText(file));
    WINDLASS_TRY_ASSIGN(YamlDocument document, parseYaml(text, file.string()));
    WINDLASS_TRY_ASSIGN(T decoded, decode(document, nullptr));
    const std::string name = nameOf(decoded);
    if (name != file.stem().string()) {
      return kube::fail(kube::ErrorKind::Invalid, document.where(nameField) + nameField +
                                                      ": must be the file's name, " + inQuotes(file.stem().string()));
    }
    out.emplace(name, std::move(decoded));
    documents.emplace(name, std::move(document));
  }
  return {};
}

// Sequences, hops and defaults may be absent: a catalog without them runs clouds and plans nothing.
Status readUpgradeData(const fs::path& upgrades, Catalog& catalog, Documents& documents) {
  std::error_code error;
  if (fs::exists(upgrades / "sequences", error)) {
    WINDLASS_TRY(readFolder<Sequence>(
        upgrades / "sequences", decodeSequenceDocument, "service", [](const Sequence& one) { return one.service; },
        catalog.sequences, documents.sequences));
  }
  if (fs::exists(upgrades / "hops", error)) {
    WINDLASS_TRY(readFolder<Hop>(
        upgrades / "hops", decodeHopDocument, "from", [](const Hop& one) { return one.from + "-" + one.to; },
        catalog.hops, documents.hops));
  }
  if (const fs::path file = upgrades / "defaults.yaml"; fs::exists(file, error)) {
    WINDLASS_TRY_ASSIGN(const std::string text, readText(file));
    WINDLASS_TRY_ASSIGN(const YamlDocument document, parseYaml(text, file.string()));
    WINDLASS_TRY_ASSIGN(catalog.upgradeDefaults, decodeDefaultsDocument(document));
  }
  return {};
}

// Names that one file uses and another must define.
template <class T>
Status checkAll(const Catalog& catalog, const std::map<std::string, T>& parts,
                const std::map<std::string, YamlDocument>& documents,
                void (*check)(const Catalog&, const T&, DecodeContext&)) {
  for (const auto& [name, part] : parts) {
    DecodeContext context;
    check(catalog, part, context);
    WINDLASS_TRY(locate(context, documents.at(name)));
  }
  return {};
}

}  // namespace

const ServiceDefinition* Catalog::definition(const std::string& name) const {
  const auto found = definitions.find(name);
  return found == definitions.end() ? nullptr : &found->second;
}

const Release* Catalog::release(const std::string& id) const {
  const auto found = releases.find(id);
  return found == releases.end() ? nullptr : &found->second;
}

std::string Release::versionOf(const std::string& service) const {
  if (const auto found = services.find(service); found != services.end()) return found->second.version;
  const auto found = planOnly.find(service);
  return found == planOnly.end() ? "" : found->second;
}

std::vector<std::string> Catalog::releaseIds() const {
  std::vector<std::string> ids;
  for (const auto& [id, release] : releases) ids.push_back(id);
  return ids;
}

const ServiceDefinition* accountProviderOf(const Catalog& catalog, const ServiceDefinition& definition) {
  for (const std::string& need : definition.needs) {
    const ServiceDefinition* needed = catalog.definition(need);
    if (needed != nullptr && needed->role.empty() && needed->provision) return needed;
  }
  return nullptr;
}

Result<Catalog> readCatalog(const fs::path& charts, const fs::path& upgrades) {
  Catalog catalog;
  Documents documents;
  WINDLASS_TRY(readDefinitions(charts, catalog, documents));
  WINDLASS_TRY(readFolder<Release>(
      upgrades / "releases", decodeReleaseDocument, "id", [](const Release& one) { return one.id; }, catalog.releases,
      documents.releases));
  WINDLASS_TRY(readUpgradeData(upgrades, catalog, documents));
  WINDLASS_TRY(checkAll(catalog, catalog.definitions, documents.definitions, checkNeeds));
  WINDLASS_TRY(checkAll(catalog, catalog.releases, documents.releases, checkRelease));
  WINDLASS_TRY(checkAll(catalog, catalog.sequences, documents.sequences, checkSequence));
  WINDLASS_TRY(checkAll(catalog, catalog.hops, documents.hops, checkHop));
  if (catalog.releases.empty()) {
    return kube::fail(kube::ErrorKind::Missing, (upgrades / "releases").string() + ": holds no release (*.yaml)");
  }
  return catalog;
}

}  // namespace windlass::ops
