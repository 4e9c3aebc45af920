#pragma once
// How the gateway splits the requests of an API between the revision in use and the one that is tried, as the map files
// that the gateway looks up for every request. The same content is what a gateway pod starts with (a ConfigMap) and
// what the runtime API is told (operator/traffic), so a pod that starts anew splits as the others do. Pure.
#include <map>
#include <string>
#include <vector>

namespace windlass::ops {

struct TrafficSplit {
  int canaryBasisPoints = 0;         // of all requests, drawn by lot for each; 10000 = all
  std::vector<std::string> headers;  // values of X-Windlass-Canary that always go to the canary
  std::vector<std::string> tenants;  // project ids (X-Project-Id, or the second part of the path) that do
  bool operator==(const TrafficSplit&) const = default;
};

// By service type of the API ("identity"). An API that is not named has no canary.
using TrafficSplits = std::map<std::string, TrafficSplit>;

using MapEntries = std::map<std::string, std::string>;
// File name -> key -> value: weights.map has each API's basis points; headers.map and tenants.map "<api>/<value>" -> 1.
std::map<std::string, MapEntries> trafficMaps(const std::vector<std::string>& apis, const TrafficSplits& splits);
// "key value" a line, as the gateway reads it.
std::string mapText(const MapEntries& entries);

}  // namespace windlass::ops
