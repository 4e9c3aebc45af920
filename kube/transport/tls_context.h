#pragma once
// TLS material parsed once and shared by all connections made with it: OpenSSL 3.0 takes milliseconds to read a key and
// a certificate from PEM. Internal to the room.
//
// A context is not changed once made, so connections of any thread may use it. It is for one server: it remembers a
// session with it (tls_session.h).
#include <memory>

#include <openssl/types.h>

#include "kube/object/result.h"
#include "kube/transport/tls_material.h"

namespace windlass::kube {

using TlsContext = std::shared_ptr<SSL_CTX>;

// A client's context: TLS 1.2 or newer, HTTP/1.1. Invalid when a text is no PEM or the key does not belong to the
// certificate.
Result<TlsContext> makeTlsContext(const TlsMaterial& material, bool insecureSkipVerify);

}  // namespace windlass::kube
