#pragma once
// Self-signed certificates for tests, good for 127.0.0.1 and as their own authority.
#include <string>

namespace windlass::kube {

struct TestKeys {
  std::string certificate;  // PEM
  std::string key;
};
TestKeys makeTestKeys(const std::string& commonName);

}  // namespace windlass::kube
