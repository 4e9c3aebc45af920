#pragma once
// Bytes of a watch -> events. Pure. Source: k8s.io/client-go rest/watch/decoder.go, metav1.WatchEvent.
#include <optional>
#include <string_view>

#include "kube/client/client.h"
#include "kube/transport/frame_splitter.h"

namespace windlass::kube {

class WatchDecoder {
 public:
  void feed(std::string_view bytes) { frames_.feed(bytes); }
  // The next event; nullopt when more bytes are needed; Decode for a frame that is no event (go on calling).
  Result<std::optional<WatchEvent>> next();
  // The stream has ended: Decode when it ended inside of an event.
  Status finish();

 private:
  FrameSplitter frames_;
};

}  // namespace windlass::kube
