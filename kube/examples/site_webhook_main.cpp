// site-webhook CERTIFICATE KEY [ADDRESS]: serves /validate, /label and /convert; the certificate may be renewed at any
// time. It asks nothing of the API server, hence needs no Manager; in a controller use manager.webhooks().
#include <csignal>
#include <cstdio>

#include "kube/examples/site_webhook.h"
#include "kube/serve/webhook_server.h"

int main(int argc, char** argv) {
  using namespace windlass;  // NOLINT(google-build-using-namespace): an example, read from top to bottom
  if (argc < 3) return std::fprintf(stderr, "usage: site-webhook CERTIFICATE KEY [ADDRESS]\n"), 2;
  sigset_t ends;  // blocked before the server's threads are made, so that only sigwait() takes them
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  kube::WebhookOptions options;
  options.certificateFile = argv[1];
  options.keyFile = argv[2];
  if (argc > 3) options.address = argv[3];
  kube::WebhookServer server(options);
  server.validating("/validate", example::validateSite);
  server.mutating("/label", example::labelSite);
  server.conversion("/convert", example::convertSite);
  const auto port = server.start();
  if (!port) return std::fprintf(stderr, "%s\n", port.error().toString().c_str()), 1;
  std::printf("listening on port %d\n", *port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  server.stop();
  return 0;
}
