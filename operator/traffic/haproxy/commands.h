#pragma once
// Commands of HAProxy's runtime API as values: they can be built only from names that cannot smuggle in a second
// command. Pure. Source: HAProxy management guide, 9.3 "Unix Socket commands".
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/result.h"

namespace windlass::ops::haproxy {

class Command {
 public:
  static Command showStat() { return Command("show stat"); }
  static Command showServersState() { return Command("show servers state"); }
  static Command showInfo() { return Command("show info"); }
  static kube::Result<Command> showTable(std::string_view table);
  static kube::Result<Command> showMap(std::string_view file);
  static kube::Result<Command> setMap(std::string_view file, std::string_view key, std::string_view value);
  static kube::Result<Command> addMap(std::string_view file, std::string_view key, std::string_view value);
  static kube::Result<Command> deleteMap(std::string_view file, std::string_view key);
  // 0 to 256, of the servers of one backend among each other. The canary's share is not set so, but by its map: exact,
  // and independent of how many pods there are.
  static kube::Result<Command> setWeight(std::string_view backend, std::string_view server, int weight);
  // No new requests; the running ones are finished.
  static kube::Result<Command> drain(std::string_view backend, std::string_view server);
  static kube::Result<Command> ready(std::string_view backend, std::string_view server);

  const std::string& text() const { return text_; }
  // Commands that answer nothing when they work.
  bool isSilent() const { return silent_; }

 private:
  explicit Command(std::string text, bool silent = false) : text_(std::move(text)), silent_(silent) {}
  static kube::Result<Command> build(std::initializer_list<std::string_view> words, bool silent);
  std::string text_;
  bool silent_;
};

// One line for the socket: the answers come in order, each ended by an empty line.
std::string lineOf(const std::vector<Command>& commands);

}  // namespace windlass::ops::haproxy
