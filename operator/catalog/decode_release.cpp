#include "operator/catalog/catalog.h"
#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

void decodeReleaseBody(ObjectReader& reader, Release& out) {
  reader.choice("apiVersion", {"windlass.dev/release/v1"}, true);
  reader.choice("kind", {"Release"}, true);
  out.id = reader.text("id", {.required = true, .maxLength = 16});
  out.name = reader.text("name", {.required = true});
  out.slurp = reader.flag("slurp").value_or(false);
  out.images = reader.textMap("images", 64);
  out.infrastructure = reader.textMap("infrastructure", 8);
  reader.objectMap("services", 64, [&](const std::string& name, ObjectReader& fields) {
    ReleaseService& service = out.services[name];
    service.version = fields.text("version", {.required = true, .maxLength = 32});
    service.image = fields.text("image");
    service.config = decodeLayer(fields, "config");
  });
  reader.objectMap("planOnly", 64, [&](const std::string& name, ObjectReader& fields) {
    out.planOnly[name] = fields.text("version", {.required = true, .maxLength = 32});
  });
  if (out.images.empty()) reader.error("images", "is empty, name the images of the release");
  if (out.services.empty()) reader.error("services", "is empty, name the services of the release");
}

}  // namespace

Result<Release> decodeReleaseDocument(const YamlDocument& document, std::set<std::string>* trace) {
  return decodeDocument<Release>(document, trace, decodeReleaseBody);
}

Result<Release> decodeRelease(const std::string& text, const std::string& file) {
  WINDLASS_TRY_ASSIGN(const YamlDocument document, parseYaml(text, file));
  return decodeReleaseDocument(document);
}

}  // namespace windlass::ops
