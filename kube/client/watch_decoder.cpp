#include "kube/client/watch_decoder.h"

#include <array>
#include <utility>

#include "kube/client/managed_fields.h"
#include "kube/object/meta.h"
#include "kube/object/parse.h"

namespace windlass::kube {
namespace {

std::optional<WatchEventType> eventTypeOf(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, WatchEventType>, 5> kTypes{
      {{"ADDED", WatchEventType::Added},
       {"MODIFIED", WatchEventType::Modified},
       {"DELETED", WatchEventType::Deleted},
       {"BOOKMARK", WatchEventType::Bookmark},
       {"ERROR", WatchEventType::Error}}};
  for (const auto& [text, type] : kTypes)
    if (text == name) return type;
  return std::nullopt;
}

Result<std::optional<WatchEvent>> decodeFrame(const FrameSplitter::Frame& frame) {
  if (frame.oversized) return fail(ErrorKind::Decode, "a watch event is larger than 32 MiB and was skipped");
  std::string scratch;
  auto parsed = parseJson(eventWithoutManagedFields(frame.text, scratch));
  if (!parsed) return wrap("a line in a watch is no event", std::move(parsed).error());
  Json& event = *parsed;
  if (!event.is_object()) return fail(ErrorKind::Decode, "a line in a watch is no event: it is no JSON object");
  const auto type = eventTypeOf(stringAt(event, "/type"));
  if (!type)
    return fail(ErrorKind::Decode, "unknown watch event type '" + stringAt(event, "/type").substr(0, 64) + "'");
  const auto object = event.find("object");
  if (object == event.end() || !object->is_object()) return fail(ErrorKind::Decode, "a watch event without an object");
  return WatchEvent{*type, std::move(*object)};
}

}  // namespace

Result<std::optional<WatchEvent>> WatchDecoder::next() {
  const auto frame = frames_.next();
  if (!frame) return std::optional<WatchEvent>();
  return decodeFrame(*frame);
}

Status WatchDecoder::finish() {
  if (!frames_.finish()) return {};
  return fail(ErrorKind::Decode, "the watch ended inside of an event");
}

}  // namespace windlass::kube
