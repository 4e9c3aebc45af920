#pragma once
// What one HTTP exchange is made of, between the blocking side (http.h) and the I/O thread. Internal to the room.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/transport/http.h"

namespace windlass::kube {

using PemText = std::shared_ptr<const std::string>;

// PEM; null = none (no client certificate; the system's certificate authorities).
struct TlsMaterial {
  PemText authorities;
  PemText certificate;
  PemText key;
  bool operator==(const TlsMaterial&) const = default;
};

struct TlsObjects;  // the same parsed: tls_objects.h

struct TransferSpec {
  std::string method;
  std::string url;
  Headers headers;
  std::string body;
  TlsMaterial tls;
  std::shared_ptr<const TlsObjects> tlsObjects;  // of `tls`
  bool insecureSkipVerify = false;
  std::string proxy;        // "" = what the environment says
  bool neverProxy = false;  // for loopback addresses
  std::string connectTo;    // "name:port:address:port" (CURLOPT_CONNECT_TO) or ""
  std::chrono::milliseconds connectTimeout{10000};
  std::chrono::milliseconds timeout{30000};  // 0 = none
  bool ownConnection = false;                // not from the pool and not back into it
};

struct TransferError {
  Error error;
  bool connectionLost = false;  // broke after it was made: a GET may be repeated
};

// Receives one exchange; called on the I/O thread only and must not block.
class TransferSink {
 public:
  enum class Flow { Continue, Pause, Abort };
  virtual ~TransferSink() = default;
  virtual void onHead(int status, Headers headers) = 0;
  // Pause: these bytes come again after CurlEngine::resume.
  virtual Flow onData(std::string_view bytes) = 0;
  // Exactly once, last.
  virtual void onDone(std::optional<TransferError> error) = 0;
};

}  // namespace windlass::kube
