#include "kube/fake/fake_store.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "kube/fake/fake_patch.h"
#include "kube/object/conditions.h"
#include "kube/object/meta.h"

namespace windlass::kube::fake {
namespace {

Result<std::uint64_t> parseVersion(const std::string& text) {
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(ErrorKind::BadRequest, "resourceVersion: Invalid value: \"" + text + "\"");
  return version;
}

Error apiError(ErrorKind kind, int code, std::string message) {
  return Error{kind, std::move(message), code, std::nullopt, nullptr};
}

}  // namespace

Store::ObjectPtr Store::find(const ResourceKind& kind, const ObjectKey& key) const {
  const auto table = tables_.find(idOf(kind));
  if (table == tables_.end()) return nullptr;
  const auto it = table->second.find(key);
  return it == table->second.end() ? nullptr : it->second.object;
}

Json Store::insert(const ResourceKind& kind, const ObjectKey& key, Json object) {
  Json& metadata = object["metadata"];
  metadata["uid"] = fmt::format("00000000-0000-4000-8000-{:012d}", ++uids_);
  metadata["creationTimestamp"] = formatTime(std::chrono::system_clock::now());
  metadata["resourceVersion"] = std::to_string(++version_);
  if (hasStatus(kind)) metadata["generation"] = 1;
  const auto stored = std::make_shared<const Json>(std::move(object));
  tables_[idOf(kind)][key] = Stored{kind, stored};
  announce(kind, nullptr, stored);
  return *stored;
}

Json Store::replace(const ResourceKind& kind, const ObjectKey& key, Json object) {
  Stored& stored = tables_[idOf(kind)].at(key);
  const ObjectPtr before = stored.object;
  Json& metadata = object["metadata"];
  metadata["resourceVersion"] = resourceVersionOf(*before);
  if (before->at("metadata").contains("generation")) metadata["generation"] = generationOf(*before);
  if (object == *before) return object;
  const bool deletionBegins = isDeleting(object) && !isDeleting(*before);
  if (hasStatus(kind) && (deletionBegins || specDiffers(object, *before)))
    metadata["generation"] = generationOf(*before) + 1;
  metadata["resourceVersion"] = std::to_string(++version_);
  const Json finalizers = metadata.value("finalizers", Json::array());
  const auto after = std::make_shared<const Json>(std::move(object));
  if (isDeleting(*after) && finalizers.empty()) {
    tables_[idOf(kind)].erase(key);
    announce(kind, before, nullptr);
  } else {
    stored.object = after;
    announce(kind, before, after);
  }
  return *after;
}

void Store::erase(const ResourceKind& kind, const ObjectKey& key) {
  auto& table = tables_[idOf(kind)];
  const auto it = table.find(key);
  if (it == table.end()) return;
  const ObjectPtr before = it->second.object;
  table.erase(it);
  ++version_;
  announce(kind, before, nullptr);
}

void Store::announce(const ResourceKind& kind, ObjectPtr before, ObjectPtr after) {
  ++writes_;
  std::erase_if(watches_, [](const auto& watch) { return watch.expired() || watch.lock()->isOver(); });
  for (const auto& watch : watches_)
    if (const auto channel = watch.lock(); channel && idOf(channel->kind) == idOf(kind))
      channel->publish(before.get(), after.get(), versionText());
  history_.push_back(Change{version_, idOf(kind), std::move(before), std::move(after)});
}

// The continue token is "<resourceVersion of the first page> <namespace>/<name of the last item>".
Result<ListPage> Store::list(const ResourceKind& kind, const ListOptions& options) const {
  WINDLASS_TRY_ASSIGN(const Selector selector, Selector::parse(options.labelSelector, options.fieldSelector));
  ListPage page{{}, versionText(), ""};
  std::optional<ObjectKey> after;
  if (!options.continueToken.empty()) {
    const auto space = options.continueToken.find(' ');
    page.resourceVersion = options.continueToken.substr(0, space);
    const auto slash = options.continueToken.find('/', space);
    after =
        ObjectKey{options.continueToken.substr(space + 1, slash - space - 1), options.continueToken.substr(slash + 1)};
    WINDLASS_TRY_ASSIGN(const auto version, parseVersion(page.resourceVersion));
    if (version < compacted_)
      return fail(
          apiError(ErrorKind::Expired, 410, "The provided continue parameter is too old to display a consistent list"));
  } else if (!options.resourceVersion.empty() && options.resourceVersion != "0") {
    WINDLASS_TRY_ASSIGN(const auto version, parseVersion(options.resourceVersion));
    if (version > version_)
      return fail(apiError(ErrorKind::Timeout, 504,
                           fmt::format("Too large resource version: {}, current: {}", version, version_)));
    if (version < compacted_ && options.resourceVersionMatch == "Exact")
      return fail(apiError(ErrorKind::Expired, 410,
                           fmt::format("The resourceVersion for the provided list is too old: {}", version)));
  }
  const auto table = tables_.find(idOf(kind));
  if (table == tables_.end()) return page;
  for (const auto& [key, stored] : table->second) {
    if (after && key <= *after) continue;
    if (!options.ns.empty() && key.ns != options.ns) continue;
    if (!selector.matches(*stored.object)) continue;
    if (options.limit > 0 && page.items.size() == static_cast<std::size_t>(options.limit)) {
      const ObjectKey last = keyOf(page.items.back());
      page.continueToken = page.resourceVersion + " " + last.ns + "/" + last.name;
      break;
    }
    page.items.push_back(asRequested(*stored.object, options.metadataOnly));
  }
  return page;
}

void Store::sendInitial(WatchChannel& channel) const {
  const auto table = tables_.find(idOf(channel.kind));
  if (table != tables_.end())
    for (const auto& [key, stored] : table->second)
      channel.publish(nullptr, stored.object.get(), resourceVersionOf(*stored.object));
}

Result<std::shared_ptr<WatchChannel>> Store::watch(const ResourceKind& kind, const WatchOptions& options) {
  WINDLASS_TRY_ASSIGN(Selector selector, Selector::parse(options.labelSelector, options.fieldSelector));
  std::uint64_t from = 0;
  if (!options.resourceVersion.empty()) {
    WINDLASS_TRY_ASSIGN(from, parseVersion(options.resourceVersion));
  }
  auto channel = std::make_shared<WatchChannel>(kind, options, std::move(selector));
  if (options.sendInitialEvents) {
    sendInitial(*channel);
    channel->push(std::optional(WatchEvent{WatchEventType::Bookmark, bookmarkOf(kind, versionText(), true)}));
  } else if (from == 0) {
    sendInitial(*channel);
  } else if (from < compacted_) {
    // The watch cache reports this inside the stream (storage/cacher: newErrWatcher), not as the response's status.
    const std::string message = fmt::format("too old resource version: {} ({})", from, compacted_);
    channel->push(std::optional(WatchEvent{WatchEventType::Error, failureStatus(410, "Expired", message)}));
    channel->close(false);
  } else {
    for (const Change& change : history_)
      if (change.version > from && change.table == idOf(kind))
        channel->publish(change.before.get(), change.after.get(), std::to_string(change.version));
  }
  watches_.push_back(channel);
  return channel;
}

std::vector<Store::Stored> Store::all() const {
  std::vector<Stored> objects;
  for (const auto& [id, table] : tables_)
    for (const auto& [key, stored] : table) objects.push_back(stored);
  return objects;
}

void Store::compact() {
  history_.clear();
  compacted_ = ++version_;
}

std::size_t Store::openWatches() const {
  return static_cast<std::size_t>(std::count_if(watches_.begin(), watches_.end(), [](const auto& watch) {
    const auto channel = watch.lock();
    return channel && !channel->isOver();
  }));
}

void Store::closeWatches(bool breaks) {
  for (const auto& watch : watches_)
    if (const auto channel = watch.lock()) channel->close(breaks);
  watches_.clear();
}

void Store::sendBookmarks() {
  for (const auto& watch : watches_)
    if (const auto channel = watch.lock(); channel && channel->options.allowBookmarks)
      channel->push(
          std::optional(WatchEvent{WatchEventType::Bookmark, bookmarkOf(channel->kind, versionText(), false)}));
}

void Store::inject(const ResourceKind& kind, const Result<std::optional<WatchEvent>>& item) {
  for (const auto& watch : watches_)
    if (const auto channel = watch.lock(); channel && idOf(channel->kind) == idOf(kind)) channel->push(item);
}

}  // namespace windlass::kube::fake
