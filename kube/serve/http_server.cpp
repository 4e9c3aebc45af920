#include "kube/serve/http_server.h"

#include <atomic>
#include <charconv>
#include <thread>

#include <httplib.h>

namespace windlass::kube {
namespace {

constexpr std::size_t kServeThreads = 2;
constexpr std::size_t kMaxRequestBody = 64 * 1024;  // GETs only: nothing sends more

HttpQuery queryOf(const httplib::Request& request) {
  HttpQuery query{request.path, request.has_param("verbose"), request.get_header_value("Authorization"), {}};
  for (const auto& [name, value] : request.params) query.parameters.emplace(name, value);
  return query;
}

}  // namespace

struct HttpServer::Impl {
  std::string address;
  httplib::Server server;
  std::thread thread;
  std::atomic<int> port{0};
};

HttpServer::HttpServer(std::string address) : impl_(std::make_unique<Impl>()) {
  impl_->address = std::move(address);
  impl_->server.new_task_queue = [] { return new httplib::ThreadPool(kServeThreads); };
  impl_->server.set_payload_max_length(kMaxRequestBody);
  impl_->server.set_read_timeout(5);
  impl_->server.set_write_timeout(5);
  impl_->server.set_keep_alive_timeout(2);  // an idle scraper may not hold one of the few threads for long
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::get(const std::string& pattern, std::function<HttpAnswer(const HttpQuery&)> handler) {
  impl_->server.Get(pattern,
                    [handler = std::move(handler)](const httplib::Request& request, httplib::Response& response) {
                      HttpAnswer answer = handler(queryOf(request));
                      response.status = answer.status;
                      for (const auto& [name, value] : answer.headers) response.set_header(name.c_str(), value.c_str());
                      response.set_content(answer.body, answer.contentType.c_str());
                    });
}

Result<int> HttpServer::start() {
  auto parts = splitAddress(impl_->address);
  if (!parts) return fail(std::move(parts).error());
  const auto& [host, wanted] = *parts;
  const int port = wanted == 0                                ? impl_->server.bind_to_any_port(host)
                   : impl_->server.bind_to_port(host, wanted) ? wanted
                                                              : -1;
  if (port <= 0)
    return fail(ErrorKind::Io,
                "cannot listen on " + impl_->address + ": the address is not ours or is in use; choose another");
  impl_->port = port;
  impl_->thread = std::thread([this] { impl_->server.listen_after_bind(); });
  // stop() is a no-op until the accept loop runs.
  while (!impl_->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return port;
}

void HttpServer::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->server.stop();
  impl_->thread.join();
}

int HttpServer::port() const {
  return impl_->port;
}

Result<std::pair<std::string, int>> splitAddress(const std::string& address) {
  const auto colon = address.rfind(':');
  int port = -1;
  if (colon != std::string::npos) {
    const char* end = address.data() + address.size();
    const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, port);
    if (error != std::errc() || stop != end) port = -1;
  }
  if (port < 0 || port > 65535)
    return fail(ErrorKind::Invalid,
                "\"" + address + "\" is no listen address: write host:port, for example 0.0.0.0:8080");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return std::pair(host.empty() ? std::string("0.0.0.0") : host, port);
}

}  // namespace windlass::kube
