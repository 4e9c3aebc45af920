#pragma once
// The HTTP/1.1 request and response head around a protocol switch. Internal to the room; pure but for exchangeUpgrade.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/transport/http.h"
#include "kube/transport/raw_connection.h"
#include "kube/transport/transfer.h"

namespace windlass::kube {

// "GET target HTTP/1.1" with the headers. Line breaks in values are left out.
std::string formatUpgradeRequest(const std::string& target, const std::string& host, const Headers& headers);
// The head of a response, when it is whole; `rest` is what came behind it. Decode when it is no HTTP.
Result<std::optional<HttpResponse>> parseResponseHead(std::string_view bytes, std::string& rest);
// Sends the request and reads the answer; a body of an error answer is kept up to 64 KiB.
Result<HttpResponse> exchangeUpgrade(RawConnection& connection, const std::string& request,
                                     std::chrono::milliseconds timeout, std::string& rest);

}  // namespace windlass::kube
