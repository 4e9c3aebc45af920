#pragma once
// Credential plugins: running one and reading its answer. Internal to the room.
// Source: k8s.io/client-go plugin/pkg/client/auth/exec, pkg/apis/clientauthentication v1 and v1beta1.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "kube/object/json.h"
#include "kube/object/result.h"
#include "kube/transport/endpoint.h"

namespace windlass::kube {

struct ExecCredential {
  std::string token;
  std::string certificate;  // PEM; certificate and key come both or not at all
  std::string key;
  std::optional<std::chrono::system_clock::time_point> expires;
};

Status checkExecConfig(const ExecConfig& config);
// What the plugin finds in KUBERNETES_EXEC_INFO.
Json execInfo(const Endpoint& endpoint);
// Pure: the plugin's output. Never repeats it in an error.
Result<ExecCredential> parseExecCredential(const ExecConfig& config, std::string_view output);
// Blocks for at most config.timeout.
Result<ExecCredential> runExecPlugin(const Endpoint& endpoint);

}  // namespace windlass::kube
