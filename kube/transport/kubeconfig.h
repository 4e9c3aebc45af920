#pragma once
// Kubeconfig files: reading, merging, and choosing a context. Pure but for loadEndpoint.
// Source: k8s.io/client-go tools/clientcmd/loader.go, client_config.go and clientcmd/api/v1/types.go.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/result.h"
#include "kube/transport/endpoint.h"

namespace windlass::kube {

struct KubeContext {
  std::string cluster;
  std::string user;
  std::string ns;
};

struct Kubeconfig {
  // Clusters and users are each an Endpoint of which only their half is filled.
  std::map<std::string, Endpoint> clusters;
  std::map<std::string, Endpoint> users;
  std::map<std::string, KubeContext> contexts;
  std::string currentContext;
};

// `directory` is what relative paths in the text are relative to. Invalid names the field; no secret is repeated.
Result<Kubeconfig> parseKubeconfig(std::string_view yaml, const std::string& directory);
// Entries of `into` win over those of `later` with the same name; so does its current-context when it has one.
void mergeKubeconfig(Kubeconfig& into, Kubeconfig later);
// "" = current-context.
Result<Endpoint> resolveContext(const Kubeconfig& config, const std::string& context);

// Where to look, separated from the process so that tests can say.
struct LoadingRules {
  std::string explicitPath;        // must exist
  std::string kubeconfigVariable;  // $KUBECONFIG: several files, missing ones are skipped
  std::string home;
  std::string serviceHost;  // $KUBERNETES_SERVICE_HOST
  std::string servicePort;
  std::string serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

  static LoadingRules fromEnvironment(std::string explicitPath);
};

// Order: the explicit file, $KUBECONFIG, the service account of the pod, ~/.kube/config.
Result<Endpoint> loadEndpoint(const LoadingRules& rules, const std::string& context);

}  // namespace windlass::kube
