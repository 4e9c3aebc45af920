#pragma once
// A small HTTP server for metrics, health and pages: GET routes on an address. Owns its threads.
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kube/object/result.h"

namespace windlass::kube {

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string contentType = "text/plain; charset=utf-8";
  std::map<std::string, std::string> headers = {};  // others
};

struct HttpQuery {
  std::string path;
  bool verbose = false;                           // "?verbose" was given
  std::string authorization;                      // the header, "" without one
  std::map<std::string, std::string> parameters;  // of the query; the first value of each
};

class HttpServer {
 public:
  // `address` is "host:port"; port 0 takes a free one.
  explicit HttpServer(std::string address);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // `pattern` is a regular expression for the whole path. Handlers run on the server's threads. Before start().
  void get(const std::string& pattern, std::function<HttpAnswer(const HttpQuery&)> handler);
  // Binds and serves; the port. Io: the address is not "host:port" or cannot be bound.
  Result<int> start();
  void stop();
  int port() const;  // 0 before start()

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "host:port" taken apart; ":8080" is every interface.
Result<std::pair<std::string, int>> splitAddress(const std::string& address);

}  // namespace windlass::kube
