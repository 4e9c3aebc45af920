#include "world.h"

#include <algorithm>
#include <cstdlib>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops {

int RecordedEvents::count(const std::string& reason) const {
  return static_cast<int>(
      std::count_if(all.begin(), all.end(), [&](const kube::EventSpec& event) { return event.reason == reason; }));
}

std::string RecordedEvents::noteOf(const std::string& reason) const {
  std::string note;
  for (const kube::EventSpec& event : all) {
    if (event.reason == reason) note = event.note;
  }
  return note;
}

const Catalog& realCatalog() {
  static const Catalog catalog = [] {
    const std::filesystem::path top = sourcePath();
    auto read = readCatalog(top / "charts/openstack", top / "upgrades");
    if (!read) throw std::runtime_error(read.error().toString());
    return std::move(*read);
  }();
  return catalog;
}

template <class Call>
auto MortalClient::write(Call call) -> decltype(call()) {
  if (dead_) return kube::fail(kube::ErrorKind::Unavailable, "the process is dead");
  ++writes_;
  if (--left_ > 0) return call();
  dead_ = true;
  return kube::fail(kube::ErrorKind::Unavailable, "the process died");
}

kube::Result<Json> MortalClient::get(const kube::ResourceKind& kind, const kube::ObjectKey& key) {
  return real_.get(kind, key);
}
kube::Result<kube::ListPage> MortalClient::list(const kube::ResourceKind& kind, const kube::ListOptions& options) {
  return real_.list(kind, options);
}
kube::Result<std::unique_ptr<kube::WatchStream>> MortalClient::watch(const kube::ResourceKind& kind,
                                                                     const kube::WatchOptions& options) {
  return real_.watch(kind, options);
}
kube::Result<std::string> MortalClient::readLog(const kube::ObjectKey& pod, const kube::LogOptions& options) {
  return real_.readLog(pod, options);
}
kube::Result<Json> MortalClient::create(const kube::ResourceKind& kind, const Json& object) {
  return write([&] { return real_.create(kind, object); });
}
kube::Result<Json> MortalClient::update(const kube::ResourceKind& kind, const Json& object, const std::string& sub) {
  return write([&] { return real_.update(kind, object, sub); });
}
kube::Result<Json> MortalClient::patch(const kube::ResourceKind& kind, const kube::ObjectKey& key, kube::PatchType type,
                                       const Json& body, const std::string& sub) {
  return write([&] { return real_.patch(kind, key, type, body, sub); });
}
kube::Result<Json> MortalClient::apply(const kube::ResourceKind& kind, const Json& object,
                                       const kube::ApplyOptions& options, const std::string& sub) {
  return write([&] { return real_.apply(kind, object, options, sub); });
}
kube::Status MortalClient::remove(const kube::ResourceKind& kind, const kube::ObjectKey& key,
                                  const kube::DeleteOptions& options) {
  return write([&] { return real_.remove(kind, key, options); });
}

World::World() {
  setenv("WINDLASS_LOG", "error", 0);
  restart();
}

void World::restart() {
  ReconcilerWorld world{*client, events, {}, [this] { return now; }};
  world.random = [this](std::size_t count) -> Result<std::string> {
    const char fill = constantRandom ? '*' : static_cast<char>('a' + randomCalls++ % 60);
    return std::string(count, fill);
  };
  reconciler = std::make_unique<CloudReconciler>(std::move(world), *catalog, RenderContext{});
}

Json World::smallSpec() {
  return Json::parse(R"({
    "release": "2025.1", "region": "RegionOne",
    "services": {"keystone": {"replicas": 2}},
    "infrastructure": {"database": {"embedded": {}}, "messaging": {"embedded": {}}, "cache": {"embedded": {}}},
    "gateway": {"replicas": 2}})");
}

Json World::threeServicesSpec() {
  Json spec = smallSpec();
  spec["services"]["glance"] = {{"replicas", 2}};
  spec["services"]["placement"] = {{"replicas", 2}};
  return spec;
}

void World::createCloud(const Json& spec) {
  Json object = kube::newObject(kOpenStackCloudKind, key);
  object["spec"] = spec;
  auto made = api->create(kOpenStackCloudKind, object);
  if (!made) throw std::runtime_error(made.error().toString());
}

void World::changeSpec(const std::string& pointer, const Json& value) {
  Json object = cloud();
  object["spec"][Json::json_pointer(pointer)] = value;
  auto changed = api->update(kOpenStackCloudKind, object, "");
  if (!changed) throw std::runtime_error(changed.error().toString());
}

kube::Result<kube::ReconcileOutcome> World::reconcile() {
  return reconciler->reconcile(key);
}

bool World::settle() {
  for (int round = 0; round < 60; ++round) {
    const std::size_t before = api->writeCount();
    static_cast<void>(reconcile());
    const bool moved = kubelet.step();
    if (!moved && api->writeCount() == before) return true;
  }
  return false;
}

Json World::cloud() const {
  return get(kOpenStackCloudKind, key.name).value_or(Json());
}
bool World::isReady() const {
  return kube::isConditionTrue(cloud(), "Ready");
}

Json World::condition(const std::string& type) const {
  const Json object = cloud();
  const Json* found = kube::findCondition(object, type);
  return found == nullptr ? Json() : *found;
}

std::string World::waitingFor() const {
  return kube::stringAt(cloud(), "/status/waitingFor");
}

std::optional<Json> World::get(const kube::ResourceKind& kind, const std::string& name) const {
  auto object = api->get(kind, {key.ns, name});
  return object ? std::optional<Json>(*object) : std::nullopt;
}

std::vector<Json> World::list(const kube::ResourceKind& kind) const {
  return api->list(kind, {})->items;
}

std::vector<std::string> World::names(const kube::ResourceKind& kind) const {
  std::vector<std::string> names;
  for (const Json& object : list(kind)) names.push_back(kube::nameOf(object));
  return names;
}

Json World::only(const kube::ResourceKind& kind, const std::string& prefix) const {
  std::vector<Json> found;
  for (const Json& object : list(kind)) {
    if (kube::nameOf(object).rfind(prefix, 0) == 0) found.push_back(object);
  }
  if (found.size() != 1)
    throw std::runtime_error(std::to_string(found.size()) + " objects of kind " + kind.kind + " begin with " + prefix);
  return found.front();
}

void World::erase(const kube::ResourceKind& kind, const std::string& name) {
  auto gone = api->remove(kind, {key.ns, name}, {});
  if (!gone) throw std::runtime_error(gone.error().toString());
  api->collectGarbage();
}

void World::addPod(Json pod, const Json& status) {
  auto made = api->create(kube::kinds::Pod, pod);
  if (!made) throw std::runtime_error(made.error().toString());
  (*made)["status"] = status;
  if (auto changed = api->update(kube::kinds::Pod, *made, "status"); !changed)
    throw std::runtime_error(changed.error().toString());
}

std::vector<std::string> World::writes() const {
  std::vector<std::string> all;
  for (const kube::FakeRequest& request : api->requests()) {
    if (request.verb == "get" || request.verb == "list" || request.verb == "watch" || request.verb == "log") continue;
    all.push_back(request.verb + " " + request.kind.kind + "/" + request.key.name + "/" + request.subresource);
  }
  return all;
}

}  // namespace windlass::ops
