#include "vmctl/agent/journal.h"

#include <filesystem>
#include <map>
#include <mutex>

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

namespace {

constexpr std::size_t kMaxJournalBytes = 64 * 1024;
constexpr const char* kJournalName = "/journal.json";

Result<JournalEntry> readEntry(const std::string& path) {
  WINDLASS_TRY_ASSIGN(const std::string text, readFile(path, kMaxJournalBytes));
  const kube::Json json = kube::Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorKind::Decode, path + " is not JSON");
  return journalEntryFromJson(json);
}

}  // namespace

struct Journal::Impl {
  std::string directory;
  mutable std::mutex mutex;
  std::map<std::string, JournalEntry> entries;  // by VM UID
};

Result<std::shared_ptr<Journal>> Journal::open(const std::string& directory) {
  WINDLASS_TRY(ensureDirectory(directory, 0711));
  auto impl = std::make_shared<Impl>();
  impl->directory = directory;
  std::error_code failed;
  for (const auto& item : std::filesystem::directory_iterator(directory, failed)) {
    const std::string path = item.path().string() + kJournalName;
    Result<JournalEntry> entry = readEntry(path);
    if (entry) {
      impl->entries[entry->identity.vmUid] = std::move(*entry);
    } else if (entry.error().kind != ErrorKind::Missing) {
      spdlog::error("the journal {} is damaged and set aside: {}", path, entry.error().toString());
      std::filesystem::rename(path, path + ".damaged", failed);
    }
  }
  if (failed) return fail(ErrorKind::Io, "cannot list " + directory + ": " + failed.message());
  return std::shared_ptr<Journal>(new Journal(std::move(impl)));
}

std::vector<JournalEntry> Journal::all() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<JournalEntry> out;
  for (const auto& [uid, entry] : impl_->entries) out.push_back(entry);
  return out;
}

std::optional<JournalEntry> Journal::find(const std::string& vmUid) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->entries.find(vmUid);
  return found == impl_->entries.end() ? std::nullopt : std::optional(found->second);
}

std::optional<JournalEntry> Journal::findByPod(const kube::ObjectKey& pod) const {
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [uid, entry] : impl_->entries) {
    if (entry.podKey() == pod) return entry;
  }
  return std::nullopt;
}

Status Journal::put(const JournalEntry& entry) {
  const std::string directory = directoryOf(entry.identity.vmUid);
  WINDLASS_TRY(ensureDirectory(directory, 0711));
  WINDLASS_TRY(writeDurably(directory + kJournalName, toJson(entry).dump(2) + "\n", 0600));
  const std::lock_guard lock(impl_->mutex);
  impl_->entries[entry.identity.vmUid] = entry;
  return {};
}

Status Journal::erase(const std::string& vmUid) {
  // The journal goes first: what is left of a directory without one is rubbish that the next start overwrites.
  const std::string directory = directoryOf(vmUid);
  std::error_code failed;
  std::filesystem::remove(directory + kJournalName, failed);
  if (failed) return fail(ErrorKind::Io, "cannot remove " + directory + kJournalName + ": " + failed.message());
  WINDLASS_TRY(syncDirectory(directory));
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->entries.erase(vmUid);
  }
  std::filesystem::remove_all(directory, failed);
  if (failed) return fail(ErrorKind::Io, "cannot remove " + directory + ": " + failed.message());
  return {};
}

std::string Journal::directoryOf(const std::string& vmUid) const {
  return impl_->directory + "/" + vmUid;
}

}  // namespace windlass::vm
