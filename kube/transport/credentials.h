#pragma once
// Bearer tokens, basic authentication and plugin credentials of an endpoint. Internal to the room.
// Source: client-go transport/token_source.go, plugin/pkg/client/auth/exec/exec.go.
//
// Thread-safe. current() may run a plugin and then blocks other callers for at most the plugin's timeout.
#include <chrono>
#include <memory>

#include "kube/object/result.h"
#include "kube/transport/endpoint.h"
#include "kube/transport/tls_material.h"

namespace windlass::kube {

struct Credential {
  std::string authorization;  // value of the Authorization header, "" = none; never logged
  PemText certificate;        // from a plugin; replaces the endpoint's
  PemText key;
};

class CredentialSource {
 public:
  using Clock = std::chrono::system_clock;
  virtual ~CredentialSource() = default;
  virtual Result<Credential> current(Clock::time_point now) = 0;
  // The server answered 401 to this credential. True when another one may be had by asking again.
  virtual bool reject(const Credential& credential) = 0;
};

Result<std::unique_ptr<CredentialSource>> makeCredentialSource(const Endpoint& endpoint);

}  // namespace windlass::kube
