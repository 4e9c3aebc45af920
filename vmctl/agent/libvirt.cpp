#include "vmctl/agent/libvirt.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <spdlog/spdlog.h>

namespace windlass::vm {
namespace {

using kube::Error;
using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

struct ConnectClose {
  void operator()(virConnect* connection) const { virConnectClose(connection); }
};
struct DomainFree {
  void operator()(virDomain* domain) const { virDomainFree(domain); }
};
using ConnectPtr = std::shared_ptr<virConnect>;
using DomainPtr = std::unique_ptr<virDomain, DomainFree>;

ErrorKind kindOf(int code) {
  switch (code) {
    case VIR_ERR_NO_DOMAIN:
      return ErrorKind::NotFound;
    case VIR_ERR_XML_INVALID_SCHEMA:
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_CONFIG_UNSUPPORTED:
      return ErrorKind::Invalid;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_RPC:
      return ErrorKind::Unavailable;
    case VIR_ERR_SYSTEM_ERROR:
      return ErrorKind::Io;
    case VIR_ERR_OPERATION_TIMEOUT:
      return ErrorKind::Timeout;
    default:
      return ErrorKind::Internal;
  }
}

tl::unexpected<Error> lastError(const std::string& what) {
  const virErrorPtr error = virGetLastError();
  const int code = error != nullptr ? error->code : VIR_ERR_INTERNAL_ERROR;
  // A connection that broke reports through the RPC or stream layer, whatever the call was.
  const bool broken = error != nullptr && (error->domain == VIR_FROM_RPC || code == VIR_ERR_RPC);
  return fail(broken ? ErrorKind::Unavailable : kindOf(code), what + ": " + virGetLastErrorMessage());
}

std::string uuidOf(virDomain* domain) {
  char uuid[VIR_UUID_STRING_BUFLEN] = "";
  virDomainGetUUIDString(domain, uuid);
  return uuid;
}

StopCause causeOf(int detail) {
  switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
      return StopCause::Shutdown;
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
      return StopCause::Crashed;
    case VIR_DOMAIN_EVENT_STOPPED_FAILED:
      return StopCause::Failed;
    default:
      return StopCause::Destroyed;
  }
}

// libvirt's own event loop on a thread of its own; registered once, before the first connection, and never stopped.
void runEventLoopOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});  // errors are values here, not lines on stderr
    virInitialize();
    virEventRegisterDefaultImpl();
    std::thread([] {
      for (;;) virEventRunDefaultImpl();
    }).detach();
  });
}

class LibvirtHypervisor : public Hypervisor {
 public:
  LibvirtHypervisor(std::string uri, HypervisorListener listener)
      : uri_(std::move(uri)), listener_(std::move(listener)) {
    runEventLoopOnce();
    connector_ = std::thread([this] { keepConnected(); });
  }
  ~LibvirtHypervisor() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    connector_.join();
    drop();
  }

  Result<std::vector<DomainView>> list() override;
  Result<std::optional<DomainView>> find(const std::string& vmUid) override;
  Status createPaused(const std::string& xml) override;
  Status resume(const std::string& vmUid) override;
  Status shutdown(const std::string& vmUid, ShutdownMethod method) override;
  Status destroy(const std::string& vmUid) override;
  std::optional<StopCause> lastStop(const std::string& vmUid) override;
  void forgetStop(const std::string& vmUid) override;
  bool connected() override {
    const std::lock_guard lock(mutex_);
    return connection_ != nullptr && lifecycle_ >= 0;
  }
  Result<QemuUser> qemuUser() override;

 private:
  void keepConnected();
  bool tryConnect();
  void drop();
  Result<ConnectPtr> connection();
  Result<DomainPtr> lookup(const std::string& vmUid);
  Result<std::optional<DomainView>> view(virDomain* domain);

  static int onLifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* self);
  static void onClose(virConnectPtr connection, int reason, void* self);

  const std::string uri_;
  const HypervisorListener listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  ConnectPtr connection_;
  int lifecycle_ = -1;
  std::map<std::string, StopCause> stops_;
  std::thread connector_;
};

int LibvirtHypervisor::onLifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* self) {
  auto* hypervisor = static_cast<LibvirtHypervisor*>(self);
  const std::string uuid = uuidOf(domain);
  {
    const std::lock_guard lock(hypervisor->mutex_);
    if (event == VIR_DOMAIN_EVENT_STARTED) hypervisor->stops_.erase(uuid);
    // The first cause counts: a crash is followed by the destruction that on_crash asks for.
    if (event == VIR_DOMAIN_EVENT_CRASHED) hypervisor->stops_.emplace(uuid, StopCause::Crashed);
    if (event == VIR_DOMAIN_EVENT_STOPPED) hypervisor->stops_.emplace(uuid, causeOf(detail));
  }
  hypervisor->listener_(uuid);
  return 0;
}

void LibvirtHypervisor::onClose(virConnectPtr connection, int reason, void* self) {
  auto* hypervisor = static_cast<LibvirtHypervisor*>(self);
  spdlog::warn("the connection to libvirt closed (reason {}); connecting again", reason);
  const std::lock_guard lock(hypervisor->mutex_);
  if (hypervisor->connection_.get() == connection) hypervisor->lifecycle_ = -1;
  hypervisor->changed_.notify_all();
}

bool LibvirtHypervisor::tryConnect() {
  ConnectPtr fresh(virConnectOpen(uri_.c_str()), ConnectClose{});
  if (!fresh) {
    virResetLastError();
    return false;
  }
  virConnectSetKeepAlive(fresh.get(), 5, 3);
  virConnectRegisterCloseCallback(fresh.get(), onClose, this, nullptr);
  const int lifecycle = virConnectDomainEventRegisterAny(fresh.get(), nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                         VIR_DOMAIN_EVENT_CALLBACK(onLifecycle), this, nullptr);
  if (lifecycle < 0) return false;
  const std::lock_guard lock(mutex_);
  connection_ = std::move(fresh);
  lifecycle_ = lifecycle;
  return true;
}

void LibvirtHypervisor::drop() {
  ConnectPtr old;
  {
    const std::lock_guard lock(mutex_);
    old = std::move(connection_);
    connection_ = nullptr;
  }
  if (!old) return;
  virConnectUnregisterCloseCallback(old.get(), onClose);
  virResetLastError();
}

void LibvirtHypervisor::keepConnected() {
  std::chrono::milliseconds pause{100};
  for (;;) {
    if (tryConnect()) {
      spdlog::info("connected to libvirt at {}", uri_);
      listener_("");
      pause = std::chrono::milliseconds{100};
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || lifecycle_ < 0; });
      lock.unlock();
      drop();
    } else {
      spdlog::debug("libvirt at {} does not answer; next try in {} ms", uri_, pause.count());
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) return;
    pause = std::min(pause * 2, std::chrono::milliseconds{5000});
  }
}

Result<ConnectPtr> LibvirtHypervisor::connection() {
  const std::lock_guard lock(mutex_);
  if (connection_ && lifecycle_ >= 0) return connection_;
  return fail(ErrorKind::Unavailable, "libvirt at " + uri_ + " does not answer; is libvirtd running on this node?");
}

Result<DomainPtr> LibvirtHypervisor::lookup(const std::string& vmUid) {
  WINDLASS_TRY_ASSIGN(const ConnectPtr connect, connection());
  DomainPtr domain(virDomainLookupByUUIDString(connect.get(), vmUid.c_str()));
  if (!domain) return lastError("cannot find the domain of VM " + vmUid);
  return domain;
}

Result<std::optional<DomainView>> LibvirtHypervisor::view(virDomain* domain) {
  int state = 0;
  if (virDomainGetState(domain, &state, nullptr, 0) < 0) return lastError("cannot read the state of a domain");
  if (state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_NOSTATE) return std::optional<DomainView>{};
  char* xml = virDomainGetXMLDesc(domain, 0);
  if (xml == nullptr) return lastError("cannot read the XML of a domain");
  Result<Identity> identity = identityFromXml(xml);
  free(xml);
  if (!identity) {
    if (identity.error().kind == ErrorKind::NotFound) return std::optional<DomainView>{};
    return fail(identity.error());
  }
  const bool paused = state == VIR_DOMAIN_PAUSED;
  return std::optional<DomainView>{{*identity, paused ? DomainState::Paused : DomainState::Running}};
}

Result<std::vector<DomainView>> LibvirtHypervisor::list() {
  WINDLASS_TRY_ASSIGN(const ConnectPtr connect, connection());
  virDomainPtr* raw = nullptr;
  const int count = virConnectListAllDomains(connect.get(), &raw, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
  if (count < 0) return lastError("cannot list the domains");
  std::vector<DomainPtr> domains;
  for (int i = 0; i < count; ++i) domains.emplace_back(raw[i]);
  free(raw);
  std::vector<DomainView> views;
  for (const DomainPtr& domain : domains) {
    const Result<std::optional<DomainView>> one = view(domain.get());
    if (one && *one) views.push_back(**one);
    // A domain that ended meanwhile is no error of the list.
    if (!one && one.error().kind == ErrorKind::Unavailable) return fail(one.error());
  }
  return views;
}

Result<std::optional<DomainView>> LibvirtHypervisor::find(const std::string& vmUid) {
  const Result<DomainPtr> domain = lookup(vmUid);
  Result<std::optional<DomainView>> found =
      domain ? view(domain->get()) : Result<std::optional<DomainView>>(fail(domain.error()));
  if (!found && found.error().kind == ErrorKind::NotFound) return std::optional<DomainView>{};
  return found;
}

Status LibvirtHypervisor::createPaused(const std::string& xml) {
  WINDLASS_TRY_ASSIGN(const ConnectPtr connect, connection());
  const DomainPtr domain(
      virDomainCreateXML(connect.get(), xml.c_str(), VIR_DOMAIN_START_VALIDATE | VIR_DOMAIN_START_PAUSED));
  if (!domain) return lastError("libvirt did not start the domain");
  return {};
}

Status LibvirtHypervisor::resume(const std::string& vmUid) {
  WINDLASS_TRY_ASSIGN(const DomainPtr domain, lookup(vmUid));
  if (virDomainResume(domain.get()) < 0) return lastError("libvirt did not resume the domain");
  return {};
}

Status LibvirtHypervisor::shutdown(const std::string& vmUid, ShutdownMethod method) {
  WINDLASS_TRY_ASSIGN(const DomainPtr domain, lookup(vmUid));
  const unsigned flags =
      method == ShutdownMethod::PowerButton ? VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN : VIR_DOMAIN_SHUTDOWN_GUEST_AGENT;
  if (virDomainShutdownFlags(domain.get(), flags) < 0) return lastError("the guest did not take the shutdown request");
  return {};
}

Status LibvirtHypervisor::destroy(const std::string& vmUid) {
  const Result<DomainPtr> domain = lookup(vmUid);
  if (!domain) return domain.error().kind == ErrorKind::NotFound ? Status{} : fail(domain.error());
  if (virDomainDestroy(domain->get()) == 0) return {};
  const Error error = lastError("libvirt did not end the domain").value();
  // "Requested operation is not valid: domain is not running" and "no domain": it ended by itself meanwhile.
  const Result<std::optional<DomainView>> after = find(vmUid);
  return after && !*after ? Status{} : fail(error);
}

std::optional<StopCause> LibvirtHypervisor::lastStop(const std::string& vmUid) {
  const std::lock_guard lock(mutex_);
  const auto found = stops_.find(vmUid);
  return found == stops_.end() ? std::nullopt : std::optional(found->second);
}

void LibvirtHypervisor::forgetStop(const std::string& vmUid) {
  const std::lock_guard lock(mutex_);
  stops_.erase(vmUid);
}

// <secmodel><model>dac</model><baselabel type='kvm'>+64055:+108</baselabel></secmodel>
Result<QemuUser> LibvirtHypervisor::qemuUser() {
  WINDLASS_TRY_ASSIGN(const ConnectPtr connect, connection());
  char* xml = virConnectGetCapabilities(connect.get());
  if (xml == nullptr) return lastError("cannot read libvirt's capabilities");
  const std::string text = xml;
  free(xml);
  QemuUser user;
  const std::size_t model = text.find("<model>dac</model>");
  const std::size_t label = model == std::string::npos ? model : text.find(">+", model);
  if (label == std::string::npos || std::sscanf(text.c_str() + label, ">+%u:+%u", &user.uid, &user.gid) != 2) {
    return fail(ErrorKind::Decode, "libvirt's capabilities do not say which user QEMU runs as");
  }
  return user;
}

}  // namespace

std::unique_ptr<Hypervisor> connectLibvirt(const std::string& uri, HypervisorListener listener) {
  return std::make_unique<LibvirtHypervisor>(uri, std::move(listener));
}

}  // namespace windlass::vm
