#pragma once
// What this node has undertaken, one durable file a VM, written before the effect it announces. After a crash of the
// agent, journal, libvirt and API together say what to do next (decide.h).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"
#include "vmctl/domain/domain.h"
#include "vmctl/domain/seed.h"

namespace windlass::vm {

enum class Stage {
  Starting,  // anything between "nothing" and "resumed" may exist
  Running,   // the guest was resumed
  Stopping,  // a shutdown was requested
  Ended,     // the domain is gone and how it ended is decided; the carrier may not know yet
};

struct GuestEnd {
  int exitCode = 0;  // carrier::ExitCode
  std::string message;
  kube::TimePoint at;
};

struct JournalEntry {
  Identity identity;
  Stage stage = Stage::Starting;
  Acceleration acceleration = Acceleration::Emulation;
  // The pod's network as it was before the guest took it over: eth0 does not have it any more afterwards.
  std::optional<GuestNetwork> network;
  std::vector<std::string> images;  // digests in the cache this guest uses
  kube::TimePoint bootedAt;
  bool runningReported = false;  // carrier told and status written
  kube::TimePoint stopRequestedAt;
  int graceSeconds = 0;
  int timesAsked = 0;  // to shut down
  bool forcedOff = false;
  std::optional<GuestEnd> end;
  bool endReported = false;  // status written and claim released

  kube::ObjectKey podKey() const { return {identity.ns, identity.podName}; }
};

kube::Json toJson(const JournalEntry& entry);
kube::Result<JournalEntry> journalEntryFromJson(const kube::Json& json);

// Thread-safe. Entries are held in memory and on disk; a write that fails leaves memory as it was.
class Journal {
 public:
  // Reads `directory`/<vm uid>/journal.json of all VMs. A damaged file is reported, kept aside as journal.json.damaged
  // and treated as absent.
  static kube::Result<std::shared_ptr<Journal>> open(const std::string& directory);

  std::vector<JournalEntry> all() const;
  std::optional<JournalEntry> find(const std::string& vmUid) const;
  std::optional<JournalEntry> findByPod(const kube::ObjectKey& pod) const;
  kube::Status put(const JournalEntry& entry);
  // Removes the VM's whole directory.
  kube::Status erase(const std::string& vmUid);
  std::string directoryOf(const std::string& vmUid) const;

  virtual ~Journal() = default;

 private:
  struct Impl;
  explicit Journal(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace windlass::vm
