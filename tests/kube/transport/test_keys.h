#pragma once
// Self-signed certificates for tests.
#include <string>

namespace windlass::kube {

struct TestKeys {
  std::string certificate;  // PEM
  std::string key;
};
TestKeys makeTestKeys(const std::string& commonName);

}  // namespace windlass::kube
