#include "operator/results/build.h"

#include "kube/object/json.h"
#include "kube/object/meta.h"
#include "kube/object/parse.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::Json;

kube::Result<Json> objectOf(std::string_view json, const char* file) {
  auto object = kube::parseJson(json);
  if (!object) return kube::fail(ErrorKind::Invalid, std::string(file) + ": " + object.error().message);
  if (!object->is_object()) return kube::fail(ErrorKind::Invalid, std::string(file) + ": is no JSON object");
  return object;
}

// Seconds since 1970; older files have fractions.
kube::Result<std::int64_t> timestampOf(const Json& object, const char* file) {
  const Json* stamp = kube::find(object, "/timestamp");
  if (stamp == nullptr || !stamp->is_number())
    return kube::fail(ErrorKind::Invalid, std::string(file) + ": timestamp is missing or no number");
  const double seconds = stamp->get<double>();
  if (!(seconds >= 0 && seconds < 253402300800.0))  // the year 10000
    return kube::fail(ErrorKind::Invalid, std::string(file) + ": timestamp is no time");
  return static_cast<std::int64_t>(seconds);
}

}  // namespace

kube::Status takeStarted(Build& build, std::string_view json) {
  WINDLASS_TRY_ASSIGN(const Json object, objectOf(json, "started.json"));
  WINDLASS_TRY_ASSIGN(build.started, timestampOf(object, "started.json"));
  build.version = kube::stringAt(object, "/repo-version");
  return {};
}

kube::Status takeFinished(Build& build, std::string_view json) {
  WINDLASS_TRY_ASSIGN(const Json object, objectOf(json, "finished.json"));
  WINDLASS_TRY_ASSIGN(build.finished, timestampOf(object, "finished.json"));
  build.result = kube::stringAt(object, "/result");
  if (build.result.empty()) {
    const Json* passed = kube::find(object, "/passed");
    if (passed == nullptr || !passed->is_boolean())
      return kube::fail(ErrorKind::Invalid, "finished.json: has neither result nor passed");
    build.result = passed->get<bool>() ? "SUCCESS" : "FAILURE";
  }
  return {};
}

}  // namespace windlass::ops
