#include "operator/catalog/yaml_document.h"

#include <charconv>
#include <sstream>
#include <stdexcept>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace windlass::ops {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr int kMaxValues = 20000;
constexpr std::size_t kMaxDepth = 40;

struct Refused {
  int line;
  std::string why;
};

Json plainScalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc{} && at == end) return whole;
  const bool numeric = text.find_first_not_of("0123456789.eE+-") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  double real = 0;
  if (numeric) {
    if (auto [at, error] = std::from_chars(text.data(), end, real); error == std::errc{} && at == end) return real;
  }
  return text;
}

// Builds the JSON value from parser events. Throws Refused, which does not leave parseYaml.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(YamlDocument& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (seen_) refuse(mark, "a second document begins, one file holds one");
    seen_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, "", anchor, nullptr); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not allowed, write it out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    // The parser says "?" for plain scalars and "!" for quoted ones.
    scalar(mark, tag == "?" || tag == "!" ? "" : tag, anchor, tag == "?" ? plainScalar(text) : Json(text), text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Json::array());
  }
  void OnSequenceEnd() override { stack_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Json::object());
  }
  void OnMapEnd() override { stack_.pop_back(); }

 private:
  struct Level {
    Json* value;
    FieldPath path;
    bool hasKey = false;
    std::string key;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string why) {
    throw Refused{mark.line + 1, std::move(why)};
  }

  void scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json value,
              const std::string& text = "") {
    check(mark, tag, anchor);
    if (!stack_.empty() && stack_.back().value->is_object() && !stack_.back().hasKey) {
      Level& level = stack_.back();
      if (level.value->contains(text)) refuse(mark, "the key " + inQuotes(text) + " stands here twice");
      level.key = text;
      level.hasKey = true;
      return;
    }
    place(mark, std::move(value));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json value) {
    check(mark, tag == "?" ? "" : tag, anchor);
    if (stack_.size() >= kMaxDepth) refuse(mark, "the nesting is deeper than " + std::to_string(kMaxDepth) + " levels");
    if (!stack_.empty() && stack_.back().value->is_object() && !stack_.back().hasKey)
      refuse(mark, "a key must be a plain text");
    auto [slot, path] = place(mark, std::move(value));
    stack_.push_back({slot, path, false, ""});
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "anchors (&name) are not allowed");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (" + inQuotes(tag) + ") are not allowed");
    if (++count_ > kMaxValues) refuse(mark, "the file holds more than " + std::to_string(kMaxValues) + " values");
  }

  std::pair<Json*, FieldPath> place(const YAML::Mark& mark, Json value) {
    if (stack_.empty()) {
      document_.value = std::move(value);
      document_.lines[""] = mark.line + 1;
      return {&document_.value, {}};
    }
    Level& level = stack_.back();
    if (level.value->is_array()) {
      FieldPath path = level.path.item(level.value->size());
      document_.lines[path.shown] = mark.line + 1;
      level.value->push_back(std::move(value));
      return {&level.value->back(), path};
    }
    level.hasKey = false;
    // Fields and free keys look the same to the parser; a plain key has the same shown path either way.
    FieldPath path = level.path.shown.empty() ? level.path.field(level.key) : level.path.key(level.key);
    document_.lines[path.shown] = mark.line + 1;
    Json& slot = (*level.value)[level.key] = std::move(value);
    return {&slot, path};
  }

  YamlDocument& document_;
  std::vector<Level> stack_;
  int count_ = 0;
  bool seen_ = false;
};

bool isText(const std::string& text) {
  if (text.find('\0') != std::string::npos) return false;
  try {
    static_cast<void>(Json(text).dump());  // refuses what is not UTF-8
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

std::string YamlDocument::where(const std::string& path) const {
  std::string at = path;
  while (true) {
    if (const auto found = lines.find(at); found != lines.end())
      return file + ":" + std::to_string(found->second) + ": ";
    const std::size_t cut = at.find_last_of(".[");
    if (cut == std::string::npos) return file + ":1: ";
    at.resize(cut);
  }
}

Result<YamlDocument> parseYaml(const std::string& text, const std::string& file) {
  YamlDocument document{.file = file, .value = {}, .lines = {}};
  if (text.size() > kMaxBytes) return kube::fail(kube::ErrorKind::TooLarge, file + ": is larger than 1 MiB");
  if (!isText(text)) return kube::fail(kube::ErrorKind::Decode, file + ": is not UTF-8 text, or holds NUL bytes");
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Builder builder(document);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return kube::fail(kube::ErrorKind::Decode, file + ":" + std::to_string(refused.line) + ": " + refused.why);
  } catch (const YAML::Exception& error) {
    return kube::fail(kube::ErrorKind::Decode, file + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
  } catch (const std::exception& error) {
    return kube::fail(kube::ErrorKind::Decode, file + ": " + error.what());
  }
  return document;
}

Status locate(const DecodeContext& context, const YamlDocument& document) {
  if (context.errors.empty()) return {};
  std::string text;
  for (const FieldError& error : context.errors) {
    text += (text.empty() ? "" : "\n") + document.where(error.path) + error.path + ": " + error.message;
  }
  return kube::fail(kube::ErrorKind::Invalid, text);
}

}  // namespace windlass::ops
