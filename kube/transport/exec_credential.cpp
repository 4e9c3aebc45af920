#include "kube/transport/exec_credential.h"

#include "kube/object/base64.h"
#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "kube/object/parse.h"
#include "kube/transport/files.h"
#include "kube/transport/process.h"

namespace windlass::kube {
namespace {

constexpr const char* kV1 = "client.authentication.k8s.io/v1";
constexpr const char* kV1Beta1 = "client.authentication.k8s.io/v1beta1";

std::string pluginName(const ExecConfig& config) {
  return "credential plugin " + config.command;
}

tl::unexpected<Error> pluginError(const ExecConfig& config, const std::string& what) {
  return fail(ErrorKind::Unauthorized, pluginName(config) + " " + what);
}

Json clusterInfo(const Endpoint& endpoint) {
  Json cluster{{"server", endpoint.server}};
  if (!endpoint.tlsServerName.empty()) cluster["tls-server-name"] = endpoint.tlsServerName;
  if (endpoint.insecureSkipVerify) cluster["insecure-skip-tls-verify"] = true;
  if (!endpoint.proxyUrl.empty()) cluster["proxy-url"] = endpoint.proxyUrl;
  std::string authorities = endpoint.authorities.data;
  if (authorities.empty() && !endpoint.authorities.file.empty())
    authorities = readSmallFile(endpoint.authorities.file).value_or("");
  if (!authorities.empty()) cluster["certificate-authority-data"] = base64Encode(authorities);
  return cluster;
}

}  // namespace

Status checkExecConfig(const ExecConfig& config) {
  if (config.command.empty()) return fail(ErrorKind::Invalid, "exec: command is empty");
  if (config.apiVersion != kV1 && config.apiVersion != kV1Beta1)
    return fail(ErrorKind::Invalid, "exec: apiVersion '" + config.apiVersion + "' is not supported; use " + kV1);
  if (config.interactiveMode == "Always")
    return fail(ErrorKind::Invalid,
                "exec: interactiveMode Always is not supported, there is no terminal for " + pluginName(config));
  return {};
}

Json execInfo(const Endpoint& endpoint) {
  Json info{{"kind", "ExecCredential"}, {"apiVersion", endpoint.exec->apiVersion}, {"spec", {{"interactive", false}}}};
  if (endpoint.exec->provideClusterInfo) info["spec"]["cluster"] = clusterInfo(endpoint);
  return info;
}

Result<ExecCredential> parseExecCredential(const ExecConfig& config, std::string_view output) {
  const auto parsed = parseJson(output);
  if (!parsed || !parsed->is_object()) return pluginError(config, "did not print a JSON object");
  const Json& answer = *parsed;
  if (kindOf(answer) != "ExecCredential" || stringAt(answer, "/apiVersion") != config.apiVersion)
    return pluginError(config, "did not print an ExecCredential of " + config.apiVersion);
  ExecCredential credential{stringAt(answer, "/status/token"), stringAt(answer, "/status/clientCertificateData"),
                            stringAt(answer, "/status/clientKeyData"), std::nullopt};
  if (credential.certificate.empty() != credential.key.empty())
    return pluginError(config, "gave a client certificate without its key, or a key without its certificate");
  if (credential.token.empty() && credential.certificate.empty())
    return pluginError(config, "gave neither a token nor a client certificate");
  if (const std::string expires = stringAt(answer, "/status/expirationTimestamp"); !expires.empty())
    credential.expires = parseTime(expires);
  return credential;
}

Result<ExecCredential> runExecPlugin(const Endpoint& endpoint) {
  const ExecConfig& config = *endpoint.exec;
  ProcessSpec process;
  process.command = config.command;
  process.args = config.args;
  process.env = config.env;
  process.env.emplace_back("KUBERNETES_EXEC_INFO", execInfo(endpoint).dump());
  process.timeout = config.timeout;
  auto result = runProcess(process);
  if (!result) {
    const std::string hint = config.installHint.empty() ? "" : " (" + config.installHint + ")";
    return wrap(pluginName(config) + " did not run" + hint, std::move(result).error());
  }
  if (result->exitCode != 0)
    return pluginError(config,
                       "ended with exit code " + std::to_string(result->exitCode) + "; run it by hand to see why");
  return parseExecCredential(config, result->output);
}

}  // namespace windlass::kube
