#pragma once
// Cutting text without copies, and reading numbers strictly. Pure. Private to this room.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace windlass::ops::haproxy {

// Answers are untrusted: beyond these sizes they are refused.
inline constexpr std::size_t kMaxAnswer = 16U << 20U;
inline constexpr std::size_t kMaxLines = 200000;
inline constexpr std::size_t kMaxFields = 512;

// Without the final line break; "a\n" is one line.
std::vector<std::string_view> linesOf(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
// Whole decimal numbers only: no sign, no blank, no overflow.
std::optional<std::uint64_t> unsignedNumber(std::string_view text);
std::optional<std::int64_t> signedNumber(std::string_view text);
// For messages: at most 60 characters, anything unprintable as "?".
std::string shown(std::string_view text);

}  // namespace windlass::ops::haproxy
