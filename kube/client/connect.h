#pragma once
// Making a real client: from a kubeconfig or from inside a pod.
#include <memory>
#include <string>

#include "kube/client/client.h"

namespace windlass::kube {

struct ConnectOptions {
  // "" = $KUBECONFIG, else in-cluster service account, else ~/.kube/config (clientcmd loading rules).
  std::string kubeconfig;
  std::string context;    // "" = current-context
  std::string userAgent;  // "windlass-operator/0.1.0"
  double qps = 50;        // client-side limiter for calls; watches bypass it. <= 0 = none
  int burst = 100;
  std::chrono::seconds requestTimeout{30};
};

// The options for the client of a leader election: no limiter to wait for, and a timeout of half the renew deadline (at
// least 1 s), so that a call that hangs leaves time for another. What connect() makes has a connection pool of its own.
// Source: client-go tools/leaderelection/resourcelock/interface.go (NewFromKubeconfig).
ConnectOptions forLease(ConnectOptions options, std::chrono::seconds renewDeadline);

// Reads configuration and credentials; does not contact the server.
Result<std::shared_ptr<Client>> connect(const ConnectOptions& options);
// The namespace of the current context, or of the pod's service account; "default" otherwise.
Result<std::string> currentNamespace(const ConnectOptions& options);

}  // namespace windlass::kube
