#pragma once
// The Informer of the Manager: a Reflector, a store and handlers. See informer.h for what it guarantees.
//
// Threads: events are dispatched on the reflector's thread; addHandler replays on the caller's thread, between two
// events. A handler must not call addHandler.
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "kube/runtime/informer.h"
#include "kube/runtime/own_writes.h"
#include "kube/runtime/reflector.h"
#include "kube/runtime/store.h"

namespace windlass::kube {

class ObjectInformer : public Informer {
 public:
  ObjectInformer(Client& client, ResourceKind kind, InformerOptions options, Clock& clock = systemClock(),
                 ReflectorOptions reflection = {});
  ~ObjectInformer() override;

  const ResourceKind& kind() const override { return kind_; }
  ObjectPtr get(const ObjectKey& key) const override;
  std::vector<ObjectPtr> list() const override { return store_.list(); }
  std::vector<ObjectPtr> listNamespace(const std::string& ns) const override { return store_.listNamespace(ns); }
  std::vector<ObjectPtr> byIndex(const std::string& index, const std::string& value) const override {
    return store_.byIndex(index, value);
  }
  void addIndex(const std::string& index, IndexFunction function) override {
    store_.addIndex(index, std::move(function));
  }
  void addHandler(InformerHandler handler, std::optional<std::chrono::seconds> resync = std::nullopt) override;
  bool hasSynced() const override { return synced_; }

  // Somebody of this process wrote an object of the kind: get() shows it from now on. Thread-safe.
  void written(const Json& object);

  void start() { reflector_.start(); }
  void requestStop() { reflector_.requestStop(); }
  void stop() { reflector_.stop(); }
  std::string trouble() const { return reflector_.trouble(); }
  bool refused() const { return reflector_.refused(); }
  // Called once, on the informer's thread, when the first list was delivered. Before start().
  void onSynced(std::function<void()> callback) { onSynced_ = std::move(callback); }

 private:
  struct Handler {
    InformerHandler call;
    std::chrono::seconds resync;
    SteadyTime lastResync;
  };
  static ReflectorOptions reflectorOptions(const InformerOptions& options, ReflectorOptions base);
  void take(ReflectorEffect&& effect);
  PackedObject knownOrPacked(const ObjectKey& key, Json object) const;
  void stage(Stage&& page);
  void replaceAll();
  void upsert(Json object);
  void remove(const Json& object);
  void resyncWhenDue();
  ObjectPtr project(Json object) const;
  bool isNews(const ObjectStore::Change& change) const;
  void dispatchChange(const ObjectPtr& before, const ObjectPtr& after, bool initial);
  void dispatch(const InformerEvent& event);
  static void call(const Handler& handler, const InformerEvent& event);

  const ResourceKind kind_;
  const InformerOptions options_;
  Clock& clock_;
  ObjectStore store_;
  OwnWrites ownWrites_;
  ObjectStore::Objects staged_;  // of a list under way; reflector's thread only
  std::atomic<bool> synced_{false};
  std::function<void()> onSynced_;

  std::mutex dispatchMutex_;  // held over store change + dispatch, so a replay never misses or repeats an event
  std::vector<Handler> handlers_;

  Reflector reflector_;  // last: its thread ends before the rest goes
};

}  // namespace windlass::kube
