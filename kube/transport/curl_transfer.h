#pragma once
// One exchange as a curl easy handle. I/O thread only. Internal to the room.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <curl/curl.h>

#include "kube/transport/transfer.h"

namespace windlass::kube {

class CurlTransfer {
 public:
  CurlTransfer(std::uint64_t id, TransferSpec spec, std::shared_ptr<TransferSink> sink);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // The same handle and its connection for the next exchange, which must share the endpoint. Not while one is running.
  void restart(TransferSpec spec, std::shared_ptr<TransferSink> sink);
  bool sharesEndpoint(const TransferSpec& spec) const;

  static CurlTransfer* of(CURL* easy);
  static int alive();  // how many there are in the process; from any thread
  CURL* easy() const { return easy_; }
  std::uint64_t id() const { return id_; }
  void unpause();
  std::optional<TransferError> errorOf(CURLcode code) const;
  void finish(std::optional<TransferError> error) { sink_->onDone(std::move(error)); }

 private:
  static std::size_t onHeader(const char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t onBody(const char* data, std::size_t size, std::size_t count, void* self);
  static int onRequest(void* self, char* address, char* local, int port, int localPort);

  void setRequest();
  void setHeaders();
  void setConnection();
  bool addHeader(std::string_view line);

  std::uint64_t id_;
  TransferSpec spec_;
  std::shared_ptr<TransferSink> sink_;
  CURL* easy_;
  curl_slist* headerList_ = nullptr;
  curl_slist* connectTo_ = nullptr;
  int requestsSent_ = 0;
  Headers received_;
  std::size_t receivedHeaderBytes_ = 0;
  std::array<char, CURL_ERROR_SIZE> errorText_{};
};

// Prepares TLS, proxy and socket options that do not depend on the exchange; shared with the raw channels (stream).
void setCurlEndpoint(CURL* easy, const TransferSpec& spec);
TransferError curlError(CURLcode code, const std::string& detail, const TransferSpec& spec);

}  // namespace windlass::kube
