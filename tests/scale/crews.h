#pragma once
// What the programs of the scale run agree on.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "kube/client/connect.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::scale {

inline const ResourceKind kCrew{"scale.windlass.dev", "v1", "Crew", "crews", true};
inline const std::string kNamespace = "default";
inline const std::string kCrewLabel = "scale.windlass.dev/crew";
// On a crew or a pod: when it was written, in nanoseconds of the machine's clock, which all programs share.
inline const std::string kSentAt = "scale.windlass.dev/sent-at";

inline std::int64_t nowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}
inline std::int64_t sentAt(const Json& object) {
  return std::strtoll(annotationOf(object, kSentAt).c_str(), nullptr, 10);
}
inline std::shared_ptr<Client> connectOrExit(const std::string& userAgent) {
  ConnectOptions connection;
  connection.userAgent = userAgent;
  connection.qps = 0;
  const auto client = connect(connection);
  if (client) return *client;
  std::fprintf(stderr, "%s\n", client.error().toString().c_str());
  std::exit(1);
}

}  // namespace windlass::kube::scale
