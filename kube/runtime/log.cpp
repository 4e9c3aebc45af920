#include "kube/runtime/log.h"

#include <cstdlib>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace windlass::kube {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("windlass", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    const char* level = std::getenv("WINDLASS_LOG");
    made->set_level(level ? spdlog::level::from_str(level) : spdlog::level::info);
    return made;
  }();
  return *instance;
}

void logAt(spdlog::level::level_enum level, std::string_view message, LogFields fields) {
  if (logger().should_log(level)) logger().log(level, "{}", formatLog(message, fields));
}

bool needsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" =\"\n\t") != std::string_view::npos;
}

}  // namespace

std::string formatLog(std::string_view message, LogFields fields) {
  std::string line(message);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    if (!needsQuotes(value)) {
      line += value;
      continue;
    }
    line += '"';
    for (const char c : value) {
      if (c == '\n') {
        line += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
    line += '"';
  }
  return line;
}

void logDebug(std::string_view message, LogFields fields) {
  logAt(spdlog::level::debug, message, fields);
}
void logInfo(std::string_view message, LogFields fields) {
  logAt(spdlog::level::info, message, fields);
}
void logWarning(std::string_view message, LogFields fields) {
  logAt(spdlog::level::warn, message, fields);
}
void logError(std::string_view message, LogFields fields) {
  logAt(spdlog::level::err, message, fields);
}

}  // namespace windlass::kube
