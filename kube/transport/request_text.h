#pragma once
// An HTTP/1.1 request as text. Pure. Internal to the room. Source: RFC 9112.
#include <string>
#include <string_view>

#include "kube/transport/http.h"

namespace windlass::kube {

// "Name: value\r\n"; line breaks are left out, so no value can become a header of its own.
void appendHeaderLine(std::string& text, std::string_view name, std::string_view value);

// `common` are whole header lines, among them Host. A body has its Content-Length; what else a request needs is the
// caller's business, Accept included. A Host in the request's headers is left out.
std::string formatRequest(const HttpRequest& request, std::string_view path, std::string_view common,
                          std::string_view authorization);

}  // namespace windlass::kube
