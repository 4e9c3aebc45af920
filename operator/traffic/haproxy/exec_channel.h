#pragma once
// The runtime API of a gateway pod from outside of it: pods/exec through the API server, with socat in the container as
// the last metre. No port of the pod is open for it; who may do it is RBAC's matter, and each use is in the audit log.
#include <functional>
#include <memory>
#include <string>

#include "kube/client/stream.h"
#include "operator/traffic/haproxy/channel.h"

namespace windlass::ops::haproxy {

struct GatewayPod {
  kube::ObjectKey pod;
  std::string container = "gateway";
  std::string socket = "/run/haproxy/admin.sock";
};

// Separated from the client so that tests can play the pod.
using OpenExec = std::function<kube::Result<std::unique_ptr<kube::ByteChannel>>(const kube::PodStreamOptions&)>;

class ExecChannel : public Channel {
 public:
  // The client must outlive the channel.
  ExecChannel(kube::RestClient& client, GatewayPod pod);
  ExecChannel(OpenExec open, GatewayPod pod) : open_(std::move(open)), pod_(std::move(pod)) {}
  kube::Result<std::string> exchange(std::string_view line, const Limits& limits) override;

 private:
  OpenExec open_;
  GatewayPod pod_;
};

}  // namespace windlass::ops::haproxy
