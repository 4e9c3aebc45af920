#pragma once
// Several commands in one exchange, and each one's answer.
#include <vector>

#include "operator/traffic/haproxy/channel.h"
#include "operator/traffic/haproxy/commands.h"

namespace windlass::ops::haproxy {

// The answers in order. A silent command that answered something did not work: Invalid with HAProxy's words (those
// before it have taken effect). Decode when the number of answers is not that of the commands.
kube::Result<std::vector<std::string>> run(Channel& channel, const std::vector<Command>& commands,
                                           const Limits& limits = {});

// Pure: cuts what came back. Exposed for its tests.
kube::Result<std::vector<std::string>> splitAnswers(std::string_view text, std::size_t count);

}  // namespace windlass::ops::haproxy
