#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

namespace {
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> Suffixes{{{"", 1},
                                                                              {"Ki", 1ULL << 10},
                                                                              {"Mi", 1ULL << 20},
                                                                              {"Gi", 1ULL << 30},
                                                                              {"Ti", 1ULL << 40},
                                                                              {"k", 1000ULL},
                                                                              {"M", 1000'000ULL},
                                                                              {"G", 1000'000'000ULL},
                                                                              {"T", 1000'000'000'000ULL}}};
}  // namespace

kube::Result<std::uint64_t> parseMemory(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) {
    return kube::fail(kube::ErrorKind::Invalid, fmt::format("'{}' is not a quantity such as 512Mi or 2Gi", text));
  }
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : Suffixes) {
    if (name != suffix) continue;
    if (number > UINT64_MAX / factor) break;
    return number * factor;
  }
  return kube::fail(kube::ErrorKind::Invalid, fmt::format("'{}' is not a quantity such as 512Mi or 2Gi", text));
}

}  // namespace windlass::vm
