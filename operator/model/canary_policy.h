#pragma once
// CanaryPolicy: how new code proves itself. Source of truth of the fields: crds/canarypolicies.yaml. Whole numbers
// only, as the Kubernetes API conventions ask: shares and rates in basis points (hundredths of a percent), odds in
// percent.
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::ops {

struct CanaryMargins {
  int failOddsPercent, failBasisPoints, passOddsPercent, passBasisPoints;
};

struct CanaryShare {
  int basisPoints = 100;
  int soakSeconds = 300;
  int minRequests = 100;
  int errorPassBasisPoints = 200;
};

struct CanaryPolicySpec {
  std::string header;                // requests that carry it, "" = none
  std::vector<std::string> tenants;  // ids of projects
  std::vector<CanaryShare> steps;    // empty: the defaults of the analysis
  int baselineSeconds = 120, warmUpSeconds = 15, maxStepSeconds = 7200;
  int falseAlarmsPerMillion = 2000, missesPerMillion = 10000;
  CanaryMargins errors{150, 20, 250, 200};
  CanaryMargins latency{200, 1000, 300, 1500};
  CanaryMargins logs{200, 100, 300, 500};
  CanaryMargins peer{200, 100, 300, 300};
  bool judgeLogs = true;
  int allowedRestarts = 0, syntheticFailures = 3, unavailableSeconds = 10, startSeconds = 300;
  bool rollbackOnFailure = true;  // else the weight is 0 and a person decides
};

// Strict: Invalid with path, cause and remedy.
kube::Result<CanaryPolicySpec> decodeCanaryPolicy(const kube::Json& object);

}  // namespace windlass::ops
