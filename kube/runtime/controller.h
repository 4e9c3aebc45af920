#pragma once
// A controller: sources of keys, a rate-limited queue that never runs one key twice at a time, and a blocking reconcile
// function on worker threads. Source: controller-runtime pkg/internal/controller, pkg/handler, pkg/predicate.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/runtime/informer.h"

namespace windlass::kube {

struct ReconcileOutcome {
  // Zero: done until something changes. Otherwise the key comes back after this time.
  std::chrono::milliseconds requeueAfter{0};
};
// An Error is retried with backoff, unless !error.retryable() ("terminal": waits for a change of the object).
// Runs on a worker thread and may block; must be idempotent. Exceptions are caught, counted and treated as errors.
using Reconciler = std::function<Result<ReconcileOutcome>(const ObjectKey&)>;

using KeyMapper = std::function<std::vector<ObjectKey>(const Json&)>;
using Predicate = std::function<bool(const InformerEvent&)>;

// True for adds, deletes and updates that changed metadata.generation, labels, annotations or deletionTimestamp.
bool specChanged(const InformerEvent& event);
// Maps an object to its controller owner of the given kind, in the same namespace.
KeyMapper mapToOwner(const ResourceKind& ownerKind);
KeyMapper mapToSelf();
// Maps by the value of a label that holds the parent's name.
KeyMapper mapToLabel(std::string label);

// A controller under construction; owned by the Manager.
class Controller {
 public:
  virtual ~Controller() = default;
  virtual Controller& watches(Informer& informer, KeyMapper mapper, Predicate predicate = nullptr) = 0;
  // What is reconciled itself; by default not for changes of its status alone.
  Controller& reconciles(Informer& informer, Predicate predicate = specChanged);
  // What it makes: a change brings the key of the controlling owner.
  Controller& owns(Informer& informer, const ResourceKind& ownerKind, Predicate predicate = nullptr);
  virtual Controller& workers(int count) = 0;
  virtual void enqueue(const ObjectKey& key) = 0;  // thread-safe
  virtual void enqueueAfter(const ObjectKey& key, std::chrono::milliseconds delay) = 0;
};

}  // namespace windlass::kube
