#include "operator/traffic/haproxy/commands.h"

#include <algorithm>

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {
namespace {

// What file names, backends, servers, keys and values consist of; no blank, no ";", no backslash, no control character.
bool isWord(std::string_view word) {
  return !word.empty() && word.size() <= 256 && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:@").find(c) != std::string_view::npos;
  });
}

std::string serverName(std::string_view backend, std::string_view server) {
  return std::string(backend) + "/" + std::string(server);
}

}  // namespace

kube::Result<Command> Command::build(std::initializer_list<std::string_view> words, bool silent) {
  std::string text;
  for (const std::string_view word : words) {
    if (!isWord(word)) {
      return kube::fail(
          kube::ErrorKind::Invalid,
          "\"" + shown(word) + "\" cannot be sent to HAProxy: letters, digits and -_./:@ only, at most 256");
    }
    if (!text.empty()) text += ' ';
    text += word;
  }
  return Command(std::move(text), silent);
}

kube::Result<Command> Command::showTable(std::string_view table) {
  return build({"show", "table", table}, false);
}

kube::Result<Command> Command::showMap(std::string_view file) {
  return build({"show", "map", file}, false);
}

kube::Result<Command> Command::setMap(std::string_view file, std::string_view key, std::string_view value) {
  return build({"set", "map", file, key, value}, true);
}

kube::Result<Command> Command::addMap(std::string_view file, std::string_view key, std::string_view value) {
  return build({"add", "map", file, key, value}, true);
}

kube::Result<Command> Command::deleteMap(std::string_view file, std::string_view key) {
  return build({"del", "map", file, key}, true);
}

kube::Result<Command> Command::setWeight(std::string_view backend, std::string_view server, int weight) {
  if (weight < 0 || weight > 256)
    return kube::fail(kube::ErrorKind::Invalid, "a server's weight lies between 0 and 256");
  return build({"set", "server", serverName(backend, server), "weight", std::to_string(weight)}, true);
}

kube::Result<Command> Command::drain(std::string_view backend, std::string_view server) {
  return build({"set", "server", serverName(backend, server), "state", "drain"}, true);
}

kube::Result<Command> Command::ready(std::string_view backend, std::string_view server) {
  return build({"set", "server", serverName(backend, server), "state", "ready"}, true);
}

std::string lineOf(const std::vector<Command>& commands) {
  std::string out;
  for (const Command& command : commands) out += (out.empty() ? "" : ";") + command.text();
  return out;
}

}  // namespace windlass::ops::haproxy
