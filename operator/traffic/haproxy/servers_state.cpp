#include "operator/traffic/haproxy/servers_state.h"

#include <map>

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {
namespace {

tl::unexpected<kube::Error> badState(std::size_t line, const std::string& what) {
  return kube::fail(kube::ErrorKind::Decode, "show servers state, line " + std::to_string(line + 1) + ": " + what);
}

using StateColumns = std::map<std::string_view, std::size_t>;

kube::Result<StateColumns> readColumns(std::string_view line) {
  if (line.rfind("# ", 0) != 0) return badState(1, "no header, but " + shown(line));
  const std::vector<std::string_view> names = split(line.substr(2), ' ');
  StateColumns columns;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!columns.emplace(names[i], i).second) return badState(1, "the column " + shown(names[i]) + " comes twice");
  for (const char* name : {"be_name", "srv_name", "srv_addr", "srv_op_state", "srv_admin_state", "srv_uweight",
                           "srv_iweight", "srv_port"}) {
    if (!columns.contains(name)) return badState(1, std::string("no column ") + name);
  }
  return columns;
}

kube::Result<ServerState> readServer(const StateColumns& columns, const std::vector<std::string_view>& fields,
                                     std::size_t line) {
  if (fields.size() < columns.size()) return badState(line, "too few fields");
  ServerState out;
  out.backend = fields[columns.at("be_name")];
  out.name = fields[columns.at("srv_name")];
  out.address = fields[columns.at("srv_addr")];
  std::uint64_t state = 0;
  const std::pair<const char*, std::uint64_t*> numbers[] = {{"srv_op_state", &state},
                                                            {"srv_admin_state", &out.adminFlags},
                                                            {"srv_uweight", &out.weight},
                                                            {"srv_iweight", &out.initialWeight},
                                                            {"srv_port", &out.port}};
  for (const auto& [name, target] : numbers) {
    const auto number = unsignedNumber(fields[columns.at(name)]);
    if (!number) return badState(line, std::string(name) + " is " + shown(fields[columns.at(name)]));
    *target = *number;
  }
  if (state > 3) return badState(line, "srv_op_state is " + std::to_string(state));
  out.operational = static_cast<OperationalState>(state);
  return out;
}

}  // namespace

kube::Result<std::vector<ServerState>> parseServersState(std::string_view text) {
  if (text.size() > kMaxAnswer)
    return kube::fail(kube::ErrorKind::TooLarge, "show servers state: the answer is too large");
  const std::vector<std::string_view> lines = linesOf(text);
  if (lines.size() < 2 || lines.size() > kMaxLines) return badState(0, "too few or too many lines");
  if (lines[0] != "1") return badState(0, "format version 1 is known, not " + shown(lines[0]));
  WINDLASS_TRY_ASSIGN(const StateColumns columns, readColumns(lines[1]));
  std::vector<ServerState> out;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    WINDLASS_TRY_ASSIGN(ServerState server, readServer(columns, split(lines[i], ' '), i));
    out.push_back(std::move(server));
  }
  return out;
}

}  // namespace windlass::ops::haproxy
