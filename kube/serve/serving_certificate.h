#pragma once
// The certificate a TLS server shows, read again when its files change (a Secret volume swaps a `..data` symlink). A
// pair that is empty, broken or does not fit together never replaces a good one. Thread-safe.
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>

#include "kube/object/result.h"

namespace windlass::kube {

class ServingCertificate {
 public:
  ServingCertificate(std::string certificateFile, std::string keyFile,
                     std::chrono::milliseconds recheckAfter = std::chrono::seconds(1));
  ~ServingCertificate();

  // Reads the files now. Missing, Decode: the former certificate stays.
  Status load();
  // Shows the current certificate in one handshake, after looking for a newer one. False: there is none.
  bool use(SSL* connection);
  // Calls use() for every handshake of the context; this object must outlive it.
  void attachTo(SSL_CTX& context);
  int generation() const;  // how many different certificates were loaded

 private:
  struct Pair;
  Status loadLocked();

  const std::string certificateFile_, keyFile_;
  const std::chrono::milliseconds recheckAfter_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Pair> current_;
  std::string loaded_;  // the bytes of both files
  std::chrono::steady_clock::time_point checked_{};
  int generation_ = 0;
};

}  // namespace windlass::kube
