#pragma once
// Logs of the runtime and of the operators on it: one line an event on stderr, a sentence and key=value fields.
// The level comes from $WINDLASS_LOG (trace, debug, info, warn, error, off), info by default. Never log a secret.
// Thread-safe.
#include <initializer_list>
#include <string>
#include <string_view>

namespace windlass::kube {

struct LogField {
  std::string_view key;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

void logDebug(std::string_view message, LogFields fields = {});
void logInfo(std::string_view message, LogFields fields = {});
void logWarning(std::string_view message, LogFields fields = {});
void logError(std::string_view message, LogFields fields = {});

// "message key=value key2=\"value with spaces\""; what the functions above print after time and level.
std::string formatLog(std::string_view message, LogFields fields);

}  // namespace windlass::kube
