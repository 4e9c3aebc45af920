#include "operator/cli/read_inputs.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "operator/catalog/yaml_document.h"
#include "operator/plan/canonical.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxHosts = 100000;

void decodeObserved(ObjectReader& reader, CloudFacts& out) {
  out.hosts = reader.texts("hosts", kMaxHosts);
  reader.map("serviceRecords", 64, [&](const std::string& record, const Json& version, const FieldPath& path) {
    if (!version.is_number_integer())
      return reader.context().add(path.shown, "must be a whole number, the lowest version seen");
    out.serviceRecords[record] = version.get<int>();
  });
  if (const std::string release = reader.text("runningRelease", {.maxLength = 16}); !release.empty())
    out.runningRelease = release;
}

}  // namespace

kube::Result<Catalog> readCatalogFolder(const std::string& folder) {
  const std::filesystem::path services = std::filesystem::path(folder) / "charts/openstack";
  const std::filesystem::path upgrades = std::filesystem::path(folder) / "upgrades";
  std::error_code ignored;
  for (const auto& part : {services, upgrades})
    if (!std::filesystem::is_directory(part, ignored))
      return kube::fail(kube::ErrorKind::NotFound,
                        fmt::format("there is no folder {}; name the folder that holds charts/openstack and upgrades "
                                    "(a checkout of Windlass is one) with --catalog",
                                    part.string()));
  return readCatalog(services, upgrades);
}

kube::Result<std::string> readTextFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return kube::fail(kube::ErrorKind::Missing, path + ": cannot be read: " + std::strerror(errno));
  std::string text(kMaxBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A folder opens and does not read.
  if (stream.bad()) return kube::fail(kube::ErrorKind::Io, path + ": cannot be read: " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  if (text.size() > kMaxBytes) return kube::fail(kube::ErrorKind::TooLarge, path + ": is larger than 4 MiB");
  return text;
}

kube::Result<CloudFile> readCloudFile(const std::string& path) {
  WINDLASS_TRY_ASSIGN(const std::string text, readTextFile(path));
  WINDLASS_TRY_ASSIGN(const YamlDocument document, parseYaml(text, path));
  if (!document.value.is_object() || document.value.value("kind", Json()) != "OpenStackCloud") {
    return kube::fail(kube::ErrorKind::Invalid, path + ":1: kind: must be OpenStackCloud, one object a file");
  }
  const auto cloud = decodeOpenStackCloud(document.value);
  if (!cloud) return kube::fail(kube::ErrorKind::Invalid, path + ": " + cloud.error().toString());
  return CloudFile{*cloud, specDigest(document.value.at("spec"))};
}

kube::Result<CloudFacts> readObservedFile(const std::string& path) {
  CloudFacts out;
  if (path.empty()) return out;
  WINDLASS_TRY_ASSIGN(const std::string text, readTextFile(path));
  WINDLASS_TRY_ASSIGN(const YamlDocument document, parseYaml(text, path));
  DecodeContext context;
  {
    ObjectReader reader(document.value, {}, context);
    if (document.value.is_object()) decodeObserved(reader, out);
  }
  WINDLASS_TRY(locate(context, document));
  return out;
}

}  // namespace windlass::ops
