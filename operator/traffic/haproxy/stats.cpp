#include "operator/traffic/haproxy/stats.h"

#include <array>
#include <map>

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {
namespace {

tl::unexpected<kube::Error> badStat(std::size_t line, const std::string& what) {
  return kube::fail(kube::ErrorKind::Decode, "show stat, line " + std::to_string(line + 1) + ": " + what);
}

// One line as fields. Quoted ones (RFC 4180) may hold commas and doubled quotes, not line breaks: HAProxy writes none.
bool splitCsv(std::string_view line, std::vector<std::string>& out) {
  out.assign(1, "");
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      if (out.size() >= kMaxFields) return false;
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return !quoted;
}

using StatColumns = std::map<std::string, std::size_t, std::less<>>;

struct NumberColumn {
  const char* name;
  std::uint64_t StatRow::*field;
  bool adds = false;
};

constexpr std::array<NumberColumn, 13> kNumbers = {{
    {"weight", &StatRow::weight},
    {"scur", &StatRow::current},
    {"stot", &StatRow::sessions},
    {"econ", &StatRow::connectErrors},
    {"eresp", &StatRow::responseErrors},
    {"wretr", &StatRow::retries},
    {"hrsp_1xx", &StatRow::answersOther, true},
    {"hrsp_2xx", &StatRow::answers2xx},
    {"hrsp_3xx", &StatRow::answers3xx},
    {"hrsp_4xx", &StatRow::answers4xx},
    {"hrsp_5xx", &StatRow::answers5xx},
    {"hrsp_other", &StatRow::answersOther, true},
    {"type", nullptr},
}};

kube::Result<StatColumns> readHeader(std::string_view line) {
  std::vector<std::string> names;
  if (line.rfind("# ", 0) != 0 || !splitCsv(line.substr(2), names)) return badStat(0, "no header, but " + shown(line));
  StatColumns columns;
  for (std::size_t i = 0; i < names.size(); ++i) columns.emplace(names[i], i);
  for (const char* name : {"pxname", "svname", "status"}) {
    if (!columns.contains(name)) return badStat(0, std::string("no column ") + name);
  }
  for (const NumberColumn& column : kNumbers) {
    if (!columns.contains(column.name)) return badStat(0, std::string("no column ") + column.name);
  }
  return columns;
}

kube::Result<StatRow> readRow(const StatColumns& columns, const std::vector<std::string>& fields, std::size_t line) {
  const auto text = [&](const char* name) -> const std::string& {
    static const std::string kEmpty;
    const std::size_t index = columns.find(name)->second;
    return index < fields.size() ? fields[index] : kEmpty;
  };
  StatRow row;
  row.proxy = text("pxname");
  row.server = text("svname");
  row.status = text("status");
  if (row.proxy.empty() || row.server.empty()) return badStat(line, "no name");
  const auto type = unsignedNumber(text("type"));
  if (!type || *type > 3) return badStat(line, "type is " + shown(text("type")));
  row.type = static_cast<RowType>(*type);
  for (const NumberColumn& column : kNumbers) {
    const std::string& value = text(column.name);
    // Empty: does not apply to this kind of row.
    if (column.field == nullptr || value.empty()) continue;
    const auto number = unsignedNumber(value);
    if (!number) return badStat(line, std::string(column.name) + " is " + shown(value));
    row.*column.field = column.adds ? row.*column.field + *number : *number;
  }
  return row;
}

}  // namespace

bool StatRow::isUp() const {
  return status.rfind("UP", 0) == 0 || status == "no check" || status.rfind("NOLB", 0) == 0;
}

std::uint64_t StatRow::answers() const {
  return answers2xx + answers3xx + answers4xx + answers5xx + answersOther;
}

kube::Result<std::vector<StatRow>> parseStats(std::string_view csv) {
  if (csv.size() > kMaxAnswer) return kube::fail(kube::ErrorKind::TooLarge, "show stat: the answer is too large");
  const std::vector<std::string_view> lines = linesOf(csv);
  if (lines.empty() || lines.size() > kMaxLines) return badStat(0, "empty, or too many lines");
  WINDLASS_TRY_ASSIGN(const StatColumns columns, readHeader(lines.front()));
  std::vector<StatRow> out;
  std::vector<std::string> fields;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    if (!splitCsv(lines[i], fields)) return badStat(i, "broken quotes or too many fields");
    WINDLASS_TRY_ASSIGN(StatRow row, readRow(columns, fields, i));
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace windlass::ops::haproxy
