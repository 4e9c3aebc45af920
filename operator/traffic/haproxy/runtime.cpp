#include "operator/traffic/haproxy/runtime.h"

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {

// Each answer is ended by an empty line; that of a command which has nothing to say is this line alone.
kube::Result<std::vector<std::string>> splitAnswers(std::string_view text, std::size_t count) {
  if (text.size() > kMaxAnswer) return kube::fail(kube::ErrorKind::TooLarge, "HAProxy's answer is too large");
  std::vector<std::string> out;
  std::string current;
  for (const std::string_view line : linesOf(text)) {
    if (!line.empty()) {
      current.append(line).append("\n");
    } else if (out.size() < count) {
      out.push_back(std::move(current));
      current.clear();
    } else {
      return kube::fail(kube::ErrorKind::Decode, "HAProxy gave more answers than it was asked questions");
    }
  }
  if (out.size() != count || !current.empty()) {
    return kube::fail(kube::ErrorKind::Decode, "HAProxy answered " + std::to_string(out.size()) + " of " +
                                                   std::to_string(count) + " commands, then: " + shown(current));
  }
  return out;
}

kube::Result<std::vector<std::string>> run(Channel& channel, const std::vector<Command>& commands,
                                           const Limits& limits) {
  if (commands.empty()) return std::vector<std::string>();
  WINDLASS_TRY_ASSIGN(const std::string text, channel.exchange(lineOf(commands), limits));
  WINDLASS_TRY_ASSIGN(std::vector<std::string> answers, splitAnswers(text, commands.size()));
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (commands[i].isSilent() && !answers[i].empty())
      return kube::fail(kube::ErrorKind::Invalid,
                        "HAProxy refused \"" + commands[i].text() + "\": " + shown(answers[i]));
  }
  return answers;
}

}  // namespace windlass::ops::haproxy
