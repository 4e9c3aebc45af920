#include "kube/transport/resolver.h"

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include <netdb.h>
#include <poll.h>

namespace windlass::kube {
namespace {

using Addresses = std::vector<SocketAddress>;

Result<Addresses> askSystem(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) return fail(ErrorKind::Unavailable, "cannot resolve " + host + ": " + ::gai_strerror(code));
  Addresses addresses;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
  }
  ::freeaddrinfo(found);
  return addresses;
}

struct Lookup {
  EventFd done;
  std::mutex mutex;
  Result<Addresses> addresses = Addresses();
};

// Never destroyed: a lookup may outlive main().
struct Lookups {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Lookup>> running;
};
Lookups& lookups() {
  static auto* const all = new Lookups;
  return *all;
}

void runLookup(const std::shared_ptr<Lookup>& lookup, const std::string& host, const std::string& port) {
  auto addresses = askSystem(host, port, AI_ADDRCONFIG);
  {
    const std::lock_guard lock(lookup->mutex);
    lookup->addresses = std::move(addresses);
  }
  lookup->done.signal();
  const std::lock_guard lock(lookups().mutex);
  lookups().running.erase(host + ":" + port);
}

Result<std::shared_ptr<Lookup>> joinLookup(const std::string& host, const std::string& port) {
  const std::lock_guard lock(lookups().mutex);
  std::shared_ptr<Lookup>& lookup = lookups().running[host + ":" + port];
  if (lookup) return lookup;
  auto fresh = std::make_shared<Lookup>();
  std::string trouble = fresh->done.fd() < 0 ? "no file descriptor is left" : "";
  if (trouble.empty()) try {
      std::thread([fresh, host, port] { runLookup(fresh, host, port); }).detach();
    } catch (const std::system_error& error) {
      trouble = error.what();
    }
  if (trouble.empty()) return lookup = fresh;
  lookups().running.erase(host + ":" + port);
  return fail(ErrorKind::Unavailable, "cannot resolve " + host + ": no thread for it: " + trouble);
}

}  // namespace

Result<Addresses> resolve(const std::string& host, const std::string& port, SteadyTime deadline, const Waker& waker) {
  if (auto literal = askSystem(host, port, AI_NUMERICHOST)) return literal;
  WINDLASS_TRY_ASSIGN(const auto lookup, joinLookup(host, port));
  if (auto waited = waitFor(lookup->done.fd(), POLLIN, deadline, waker); !waited) {
    if (waited.error().kind != ErrorKind::Timeout) return fail(std::move(waited).error());
    return fail(ErrorKind::Timeout, "the name " + host + " was not resolved in time; check the name servers");
  }
  const std::lock_guard lock(lookup->mutex);
  return lookup->addresses;
}

}  // namespace windlass::kube
