#include "operator/reconcile/credentials.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/base64.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

using SecretMap = std::map<std::string, std::map<std::string, std::string>>;

std::string saltName(const std::string& cloud) {
  return cloud + "-hash-salt";
}

// The random values of every request: from the Secret, from the escrow, or new.
Result<SecretMap> randomValues(const std::vector<CredentialRequest>& requests, const SecretMap& live, Escrow& escrow,
                               const RandomBytes& random) {
  SecretMap values;
  for (const auto& [request, order] : requests) {
    const auto there = live.find(request.name);
    for (const SecretKey& key : request.keys) {
      if (!isRandom(key)) continue;
      std::string& copy = escrow.copies[Escrow::copyKey(request.name, key.key)];
      std::string& value = values[request.name][key.key];
      if (there != live.end()) {
        if (const auto found = there->second.find(key.key); found != there->second.end()) value = found->second;
      }
      if (value.empty()) value = copy;
      if (value.empty()) {
        WINDLASS_TRY_ASSIGN(value, generate(key, random));
      }
      copy = value;
    }
  }
  return values;
}

// Derived values of one Secret, once all its placeholders are known; returns whether anything was added.
Result<bool> deriveOnce(const SecretRequest& request, SecretMap& values, const SecretMap& supplied,
                        std::string& unresolved) {
  const SecretLookup lookup = [&](const std::string& secret, const std::string& key) -> std::optional<std::string> {
    for (const SecretMap* source : {static_cast<const SecretMap*>(&values), &supplied}) {
      const auto found = source->find(secret.empty() ? request.name : secret);
      if (found == source->end()) continue;
      if (const auto value = found->second.find(key); value != found->second.end()) return value->second;
    }
    return std::nullopt;
  };
  bool added = false;
  for (const SecretKey& key : request.keys) {
    if (isRandom(key) || values[request.name].count(key.key) != 0) continue;
    if (key.generator != "template" && key.generator != "literal") {
      return kube::fail(kube::ErrorKind::Internal, fmt::format("key {} of Secret {} has the unknown generator {}",
                                                               key.key, request.name, key.generator));
    }
    if (key.generator == "literal") {
      values[request.name][key.key] = key.value;
      added = true;
      continue;
    }
    auto filled = fillTemplate(key.value, lookup);
    if (!filled) {
      unresolved = fmt::format("key {} of Secret {}: {}", key.key, request.name, filled.error().message);
      continue;
    }
    values[request.name][key.key] = std::move(*filled);
    added = true;
  }
  return added;
}

// Templates may build on templates: repeat until nothing is added.
Status derive(const std::vector<CredentialRequest>& requests, SecretMap& values, const SecretMap& supplied) {
  for (;;) {
    bool added = false;
    std::string unresolved;
    for (const auto& [request, order] : requests) {
      WINDLASS_TRY_ASSIGN(const bool more, deriveOnce(request, values, supplied, unresolved));
      added = added || more;
    }
    if (unresolved.empty()) return {};
    if (!added) return kube::fail(kube::ErrorKind::Invalid, unresolved);
  }
}

Json secretObject(const Json& cloud, const SecretRequest& request, const std::map<std::string, std::string>& values) {
  Json object = kube::newObject(kube::kinds::Secret, {kube::namespaceOf(cloud), request.name});
  object["type"] = "Opaque";
  for (const auto& [label, value] : request.labels) object["metadata"]["labels"][label] = value;
  if (request.keepOnDelete) object["metadata"]["annotations"][std::string(kKeepAnnotation)] = "true";
  for (const auto& [key, value] : values) object["data"][key] = kube::base64Encode(value);
  return object;
}

// The hash annotation of a Secret covers its shape, never its values: they are compared themselves.
Json decorateSecret(const Json& cloud, const CredentialRequest& request,
                    const std::map<std::string, std::string>& values) {
  Json shape = secretObject(cloud, request.request, values);
  Json data = std::move(shape["data"]);
  shape.erase("data");
  Json names = Json::array();
  for (const auto& [key, value] : data.items()) names.push_back(key);
  shape["metadata"]["annotations"]["windlass.dev/keys"] = names.dump();
  Json object = decorate(std::move(shape), cloud, request.stageOrder);
  object["data"] = std::move(data);
  return object;
}

std::string hashOf(const std::string& salt, const std::map<std::string, std::string>& values) {
  return keyedHash(salt, Json(values).dump());
}

}  // namespace

std::vector<CredentialRequest> credentialRequests(const RenderedCloud& rendered, const std::string& cloud) {
  std::vector<CredentialRequest> all;
  SecretRequest salt;
  salt.name = saltName(cloud);
  salt.keys = {{"salt", "hex", 32, ""}};
  salt.keepOnDelete = true;
  all.push_back({salt, 0});
  for (std::size_t i = 0; i < rendered.stages.size(); ++i) {
    for (const SecretRequest& request : rendered.stages[i].secrets) {
      const auto same = [&request](const CredentialRequest& other) { return other.request.name == request.name; };
      if (std::none_of(all.begin(), all.end(), same)) all.push_back({request, static_cast<int>(i)});
    }
  }
  return all;
}

Result<Credentials> ensureCredentials(kube::Client& client, Applier& applier, const Json& cloud,
                                      const std::vector<CredentialRequest>& requests, const Observed& observed,
                                      const SecretMap& supplied, Escrow& escrow, const RandomBytes& random) {
  SecretMap live;
  Credentials result;
  for (const auto& [request, order] : requests) {
    if (const Json* secret = observed.find(refOf("Secret", request.name))) {
      live[request.name] = secretValues(*secret);
    } else if (std::any_of(request.keys.begin(), request.keys.end(), [&, &name = request.name](const SecretKey& key) {
                 return isRandom(key) && escrow.copies.count(Escrow::copyKey(name, key.key)) != 0;
               })) {
      result.restored.push_back(request.name);
    }
  }
  WINDLASS_TRY_ASSIGN(SecretMap values, randomValues(requests, live, escrow, random));
  WINDLASS_TRY(derive(requests, values, supplied));
  WINDLASS_TRY(saveEscrow(client, cloud, escrow));
  for (const CredentialRequest& request : requests) {
    const std::string& name = request.request.name;
    auto applied =
        applier.apply(cloud, decorateSecret(cloud, request, values[name]), observed.find(refOf("Secret", name)));
    if (!applied) return kube::fail(applied.error());
  }
  const std::string& salt = values[saltName(kube::nameOf(cloud))]["salt"];
  for (const auto& [name, keys] : values) result.hashes[name] = hashOf(salt, keys);
  for (const auto& [name, keys] : supplied) result.hashes[name] = hashOf(salt, keys);
  return result;
}

}  // namespace windlass::ops
