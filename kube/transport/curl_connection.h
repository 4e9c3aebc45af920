#pragma once
// RawConnection over a connected libcurl handle (CURLOPT_CONNECT_ONLY). Internal to the room.
#include <memory>

#include "kube/transport/raw_connection.h"
#include "kube/transport/transfer.h"

namespace windlass::kube {

// Connects (and does the TLS handshake) within spec.connectTimeout.
Result<std::unique_ptr<RawConnection>> connectRaw(const TransferSpec& spec);

}  // namespace windlass::kube
