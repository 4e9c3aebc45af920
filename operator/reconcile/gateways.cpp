#include "operator/reconcile/gateways.h"

#include <algorithm>
#include <system_error>
#include <thread>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/reconcile/canary_notes.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

GatewayAnswer ask(Gateway& gateway, const GatewayQuestion& question) {
  GatewayAnswer out;
  if (question.sample) {
    auto sample = gateway.sample();
    if (!sample) {  // as long again for the second question would be too long
      out.problem = sample.error().toString();
      return out;
    }
    out.sample = std::move(*sample);
  }
  if (const auto told = gateway.converge(question.apis, question.splits); !told) out.problem = told.error().toString();
  return out;
}

}  // namespace

std::optional<GatewayKind> gatewayOf(const Catalog& catalog, const std::string& release) {
  const Release* known = catalog.release(release);
  if (known == nullptr || !known->infrastructure.contains("gateway")) return std::nullopt;
  const ServiceDefinition* definition = catalog.definition(known->infrastructure.at("gateway"));
  if (definition == nullptr) return std::nullopt;
  for (const Component& component : definition->components) {
    if (!component.trafficFolder.empty()) return GatewayKind{definition->name, component.name, component.trafficFolder};
  }
  return std::nullopt;
}

std::vector<GatewayPod> gatewayPods(const std::vector<Json>& pods, const GatewayKind& kind) {
  std::vector<GatewayPod> out;
  for (const Json& pod : pods) {
    const bool isOne =
        kube::labelOf(pod, kServiceLabel) == kind.service && kube::labelOf(pod, kComponentLabel) == kind.component;
    if (!isOne || kube::isDeleting(pod) || kube::stringAt(pod, "/status/phase") != "Running") continue;
    if (out.size() < kMostPods) out.push_back({kube::keyOf(pod), kube::isConditionTrue(pod, "Ready")});
  }
  return out;
}

std::vector<std::string> apisOf(const Catalog& catalog, const std::string& component) {
  std::vector<std::string> out;
  const ServiceDefinition* definition = catalog.definition(component.substr(0, component.find('/')));
  if (definition == nullptr) return out;
  for (const ApiDefinition& api : definition->apis) {
    if (definition->name + "/" + api.component == component) out.push_back(api.type);
  }
  return out;
}

std::vector<std::string> apisOf(const Catalog& catalog, const OpenStackCloud& cloud) {
  std::vector<std::string> out;
  for (const auto& [name, spec] : cloud.spec.services) {
    const ServiceDefinition* definition = catalog.definition(name);
    if (definition == nullptr) continue;
    for (const ApiDefinition& api : definition->apis) out.push_back(api.type);
  }
  return out;
}

std::map<std::string, GatewayAnswer> askGateways(const OpenGateway& open, const std::vector<GatewayPod>& pods,
                                                 const std::string& trafficFolder, const GatewayQuestion& question) {
  std::vector<GatewayAnswer> answers(pods.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const auto one = [&, i] { answers[i] = ask(*open(pods[i].key, trafficFolder), question); };
    try {
      threads.emplace_back(one);
    } catch (const std::system_error&) {  // no thread to be had: then one after the other
      one();
    }
  }
  for (std::thread& thread : threads) thread.join();
  std::map<std::string, GatewayAnswer> out;
  for (std::size_t i = 0; i < pods.size(); ++i) out[pods[i].key.name] = std::move(answers[i]);
  return out;
}

}  // namespace windlass::ops
