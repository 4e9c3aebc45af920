#include "kube/transport/curl_transfer.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <utility>

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256U << 10U;
// The least that libcurl takes. Its default of 64 KiB is allocated for every write, and freeing that much makes glibc
// tidy up and trim the whole arena each time (FASTBIN_CONSOLIDATION_THRESHOLD).
constexpr long kUploadBuffer = 16384;
std::atomic<int> transfersAlive{0};

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view trimmedHeader(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

CurlTransfer::CurlTransfer(std::uint64_t id, TransferSpec spec, std::shared_ptr<TransferSink> sink)
    : id_(id), spec_(std::move(spec)), sink_(std::move(sink)), easy_(curl_easy_init()) {
  ++transfersAlive;
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, errorText_.data());
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlTransfer::onHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlTransfer::onBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlTransfer::onRequest);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  setRequest();
  setHeaders();
  setConnection();
  setCurlEndpoint(easy_, spec_);
}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headerList_);
  curl_slist_free_all(connectTo_);
  --transfersAlive;
}

bool CurlTransfer::sharesEndpoint(const TransferSpec& spec) const {
  return spec_.tls == spec.tls && spec_.insecureSkipVerify == spec.insecureSkipVerify && spec_.proxy == spec.proxy &&
         spec_.neverProxy == spec.neverProxy && spec_.connectTo == spec.connectTo;
}

void CurlTransfer::restart(TransferSpec spec, std::shared_ptr<TransferSink> sink) {
  spec_ = std::move(spec);
  sink_ = std::move(sink);
  requestsSent_ = 0;
  received_.clear();
  receivedHeaderBytes_ = 0;
  errorText_[0] = '\0';
  setRequest();
  setHeaders();
  setConnection();
}

int CurlTransfer::alive() {
  return transfersAlive;
}

CurlTransfer* CurlTransfer::of(CURL* easy) {
  CurlTransfer* self = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return self;
}

void CurlTransfer::setRequest() {
  curl_easy_setopt(easy_, CURLOPT_URL, spec_.url.c_str());
  if (spec_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(spec_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, spec_.body.data());
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, spec_.method.c_str());
}

void CurlTransfer::setHeaders() {
  // "Expect: 100-continue" would cost a round trip (or a second of waiting) for each larger body.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : spec_.headers) list = curl_slist_append(list, (name + ": " + value).c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, list);
  curl_slist_free_all(std::exchange(headerList_, list));
}

void CurlTransfer::setConnection() {
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(spec_.connectTimeout.count()));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(spec_.timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, spec_.ownConnection ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, spec_.ownConnection ? 1L : 0L);
  if (spec_.connectTo.empty()) return;
  if (!connectTo_) connectTo_ = curl_slist_append(nullptr, spec_.connectTo.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connectTo_);
}

void CurlTransfer::unpause() {
  curl_easy_pause(easy_, CURLPAUSE_CONT);
}

std::optional<TransferError> CurlTransfer::errorOf(CURLcode code) const {
  if (code == CURLE_OK) return std::nullopt;
  if (code == CURLE_ABORTED_BY_CALLBACK) return curlError(CURLE_SEND_ERROR, "the connection was closed", spec_);
  return curlError(code, errorText_.data(), spec_);
}

bool CurlTransfer::addHeader(std::string_view line) {
  receivedHeaderBytes_ += line.size();
  if (receivedHeaderBytes_ > kMaxHeaderBytes) return false;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  received_.emplace_back(lowerCase(trimmedHeader(line.substr(0, colon))),
                         std::string(trimmedHeader(line.substr(colon + 1))));
  return true;
}

std::size_t CurlTransfer::onHeader(const char* data, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    transfer->received_.clear();
  } else if (!trimmedHeader(line).empty()) {
    if (!transfer->addHeader(line)) return 0;
  } else {
    long status = 0;
    curl_easy_getinfo(transfer->easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) transfer->sink_->onHead(static_cast<int>(status), std::exchange(transfer->received_, {}));
  }
  return line.size();
}

std::size_t CurlTransfer::onBody(const char* data, std::size_t size, std::size_t count, void* self) {
  switch (static_cast<CurlTransfer*>(self)->sink_->onData({data, size * count})) {
    case TransferSink::Flow::Continue:
      return size * count;
    case TransferSink::Flow::Pause:
      return CURL_WRITEFUNC_PAUSE;
    case TransferSink::Flow::Abort:
      break;
  }
  return CURL_WRITEFUNC_ERROR;
}

// libcurl quietly sends a request again when a pooled connection turns out dead. A write must not happen twice, and the
// first one may have: so its second sending fails, with the error of a lost connection.
int CurlTransfer::onRequest(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  return ++transfer->requestsSent_ > 1 && transfer->spec_.method != "GET" ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

}  // namespace windlass::kube
