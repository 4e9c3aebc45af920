// Options and errors that all exchanges of an endpoint share.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "kube/transport/curl_transfer.h"
#include "kube/transport/tls_objects.h"

namespace windlass::kube {
namespace {

constexpr unsigned kUserTimeoutMs = 30000;

// A peer that stops acknowledging is noticed after 30 s instead of the kernel's 15 minutes.
int onSocketCreated(void*, curl_socket_t fd, curlsocktype) {
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
  return CURL_SOCKOPT_OK;
}

ErrorKind kindOfCurl(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::Timeout;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return ErrorKind::Unavailable;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::Invalid;
    case CURLE_OUT_OF_MEMORY:
      return ErrorKind::Internal;
    default:
      return ErrorKind::Transport;
  }
}

const char* remedyOfCurl(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return "; check the server's certificate against certificate-authority and tls-server-name";
    case CURLE_SSL_CERTPROBLEM:
      return "; check client-certificate and client-key";
    case CURLE_COULDNT_CONNECT:
      return "; check that the server runs and the address is right";
    default:
      return "";
  }
}

bool isConnectionLoss(CURLcode code) {
  return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
         code == CURLE_PARTIAL_FILE || code == CURLE_SEND_FAIL_REWIND;
}

}  // namespace

void setCurlEndpoint(CURL* easy, const TransferSpec& spec) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &onSocketCreated);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, spec.insecureSkipVerify ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, spec.insecureSkipVerify ? 0L : 2L);
  if (spec.tlsObjects) setTlsObjects(easy, *spec.tlsObjects);
  if (spec.neverProxy)
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
  else if (!spec.proxy.empty())
    curl_easy_setopt(easy, CURLOPT_PROXY, spec.proxy.c_str());
}

TransferError curlError(CURLcode code, const std::string& detail, const TransferSpec& spec) {
  const std::string reason = detail.empty() ? curl_easy_strerror(code) : detail;
  // The query is left out: selectors and names belong into the caller's message.
  const std::string address = spec.url.substr(0, spec.url.find('?'));
  return {Error{kindOfCurl(code), spec.method + " " + address + " failed: " + reason + remedyOfCurl(code), 0,
                std::nullopt, nullptr},
          isConnectionLoss(code)};
}

}  // namespace windlass::kube
