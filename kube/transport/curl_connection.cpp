#include "kube/transport/curl_connection.h"

#include <algorithm>
#include <array>
#include <mutex>

#include <curl/curl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kube/transport/curl_transfer.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kWriteTimeout{30000};

class CurlConnection : public RawConnection {
 public:
  explicit CurlConnection(TransferSpec spec) : spec_(std::move(spec)), easy_(curl_easy_init()) {
    wakeFd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  }
  ~CurlConnection() override {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(connectTo_);
    ::close(wakeFd_);
  }

  Status connect();
  Result<std::optional<std::string>> read(milliseconds wait) override;
  Status write(std::string_view bytes) override;
  void cancel() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wakeFd_, &one, sizeof one);
  }

 private:
  tl::unexpected<Error> failure(CURLcode code) const { return fail(curlError(code, errorText_.data(), spec_).error); }
  // Timeout or Cancelled, or ok when the socket is ready.
  Status waitFor(short events, steady_clock::time_point deadline) const;

  const TransferSpec spec_;
  std::mutex mutex_;  // of the handle, which knows one thread at a time
  CURL* easy_;
  curl_slist* connectTo_ = nullptr;
  curl_socket_t socket_ = -1;
  int wakeFd_ = -1;
  std::array<char, CURL_ERROR_SIZE> errorText_{};
};

Status CurlConnection::connect() {
  curl_easy_setopt(easy_, CURLOPT_URL, spec_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, errorText_.data());
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(spec_.connectTimeout.count()));
  if (!spec_.connectTo.empty()) {
    connectTo_ = curl_slist_append(nullptr, spec_.connectTo.c_str());
    curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connectTo_);
  }
  setCurlEndpoint(easy_, spec_);
  if (const CURLcode code = curl_easy_perform(easy_); code != CURLE_OK) return failure(code);
  if (const CURLcode code = curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket_); code != CURLE_OK)
    return failure(code);
  return {};
}

Status CurlConnection::waitFor(short events, steady_clock::time_point deadline) const {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  std::array<pollfd, 2> wanted{{{socket_, events, 0}, {wakeFd_, POLLIN, 0}}};
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3600000));
  const int ready = ::poll(wanted.data(), wanted.size(), timeout);
  if (wanted[1].revents != 0) return fail(ErrorKind::Cancelled, "the connection was cancelled");
  if (ready == 0) return fail(ErrorKind::Timeout, "nothing came on the connection in time");
  return {};
}

Result<std::optional<std::string>> CurlConnection::read(milliseconds wait) {
  const auto deadline = steady_clock::now() + wait;
  std::string bytes(65536, '\0');
  for (;;) {
    std::size_t got = 0;
    CURLcode code = CURLE_OK;
    {
      // Asked before waiting: TLS may hold bytes that the socket no longer shows.
      const std::lock_guard lock(mutex_);
      code = curl_easy_recv(easy_, bytes.data(), bytes.size(), &got);
    }
    if (code == CURLE_OK && got == 0) return std::optional<std::string>();
    if (code == CURLE_OK) {
      bytes.resize(got);
      return std::optional(std::move(bytes));
    }
    if (code != CURLE_AGAIN) return failure(code);
    WINDLASS_TRY(waitFor(POLLIN, deadline));
  }
}

Status CurlConnection::write(std::string_view bytes) {
  const auto deadline = steady_clock::now() + kWriteTimeout;
  while (!bytes.empty()) {
    std::size_t sent = 0;
    CURLcode code = CURLE_OK;
    {
      const std::lock_guard lock(mutex_);
      code = curl_easy_send(easy_, bytes.data(), bytes.size(), &sent);
    }
    bytes.remove_prefix(sent);
    if (code == CURLE_AGAIN)
      WINDLASS_TRY(waitFor(POLLOUT, deadline));
    else if (code != CURLE_OK)
      return failure(code);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RawConnection>> connectRaw(const TransferSpec& spec) {
  auto connection = std::make_unique<CurlConnection>(spec);
  WINDLASS_TRY(connection->connect());
  return connection;
}

}  // namespace windlass::kube
