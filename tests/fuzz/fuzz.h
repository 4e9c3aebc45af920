#pragma once
// What every fuzz target is made of: a function of bytes that calls require() for each property that must hold for any
// input. With libFuzzer a broken property ends the process (and the input is kept); in the unit test that replays the
// corpora it fails the test of that file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace windlass::fuzz {

using TargetFunction = void (*)(std::string_view bytes);

[[noreturn]] void propertyBroken(const char* property, const char* file, int line);

// Numbers that depend on the input only, so that a finding can be repeated.
class Choices {
 public:
  explicit Choices(std::string_view bytes);
  std::size_t below(std::size_t bound);  // 0 .. bound - 1

 private:
  std::uint64_t state_;
};

// The text up to the first line break, and what stands behind it.
struct Split {
  std::string_view first, rest;
};
Split splitLine(std::string_view text);

#ifndef WINDLASS_LIBFUZZER
bool registerTarget(const char* name, TargetFunction function);
struct Target {
  std::string name;
  TargetFunction function;
};
const std::vector<Target>& targets();
#endif

}  // namespace windlass::fuzz

#define FUZZ_REQUIRE(property)                                                        \
  do {                                                                                \
    if (!(property)) ::windlass::fuzz::propertyBroken(#property, __FILE__, __LINE__); \
  } while (false)

#ifdef WINDLASS_LIBFUZZER
#include <cstdio>
#include <cstdlib>
#define FUZZ_TARGET(name, function)                                                             \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {           \
    function(std::string_view(static_cast<const char*>(static_cast<const void*>(data)), size)); \
    return 0;                                                                                   \
  }                                                                                             \
  void windlass::fuzz::propertyBroken(const char* property, const char* file, int line) {       \
    std::fprintf(stderr, "%s:%d: the property does not hold: %s\n", file, line, property);      \
    std::abort();                                                                               \
  }
#else
#define FUZZ_TARGET(name, function) \
  [[maybe_unused]] static const bool name##Registered = ::windlass::fuzz::registerTarget(#name, function);
#endif

namespace windlass::fuzz {

inline Choices::Choices(std::string_view bytes) : state_(0x9e3779b97f4a7c15ULL + bytes.size()) {
  for (const char c : bytes.substr(0, 16)) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
}

inline std::size_t Choices::below(std::size_t bound) {
  state_ ^= state_ << 13U;
  state_ ^= state_ >> 7U;
  state_ ^= state_ << 17U;
  return static_cast<std::size_t>(state_ % bound);
}

inline Split splitLine(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end + 1)};
}

}  // namespace windlass::fuzz
