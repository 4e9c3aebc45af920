#include "operator/render/traffic_maps.h"

namespace windlass::ops {

std::map<std::string, MapEntries> trafficMaps(const std::vector<std::string>& apis, const TrafficSplits& splits) {
  std::map<std::string, MapEntries> out = {{"weights.map", {}}, {"headers.map", {}}, {"tenants.map", {}}};
  for (const std::string& api : apis) {
    const auto found = splits.find(api);
    const TrafficSplit split = found == splits.end() ? TrafficSplit{} : found->second;
    out["weights.map"][api] = std::to_string(split.canaryBasisPoints);
    for (const std::string& value : split.headers) out["headers.map"][api + "/" + value] = "1";
    for (const std::string& value : split.tenants) out["tenants.map"][api + "/" + value] = "1";
  }
  return out;
}

std::string mapText(const MapEntries& entries) {
  std::string out;
  for (const auto& [key, value] : entries) out += key + " " + value + "\n";
  return out;
}

}  // namespace windlass::ops
