#include "kube/serve/serving_certificate.h"

#include <fstream>
#include <sstream>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace windlass::kube {
// Named, because the members of a class of external linkage have these types.
namespace serving {

struct FreeOpenSsl {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
using BioPtr = std::unique_ptr<BIO, FreeOpenSsl>;
using X509Ptr = std::unique_ptr<X509, FreeOpenSsl>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeOpenSsl>;
}  // namespace serving

namespace {

using serving::BioPtr;
using serving::KeyPtr;
using serving::X509Ptr;

constexpr std::size_t kMaxPemBytes = 1024 * 1024;  // a Secret's limit

Result<std::string> readPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::Missing, "cannot read " + path + ": mount the Secret that holds it");
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().size() > kMaxPemBytes) return fail(ErrorKind::TooLarge, path + " is larger than 1 MiB");
  return text.str();
}

BioPtr bioOf(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

struct ServingCertificate::Pair {
  X509Ptr leaf;
  std::vector<X509Ptr> chain;
  KeyPtr key;
};

ServingCertificate::ServingCertificate(std::string certificateFile, std::string keyFile,
                                       std::chrono::milliseconds recheckAfter)
    : certificateFile_(std::move(certificateFile)), keyFile_(std::move(keyFile)), recheckAfter_(recheckAfter) {}
ServingCertificate::~ServingCertificate() = default;

Status ServingCertificate::load() {
  const std::lock_guard lock(mutex_);
  return loadLocked();
}

Status ServingCertificate::loadLocked() {
  checked_ = std::chrono::steady_clock::now();
  WINDLASS_TRY_ASSIGN(const std::string certificates, readPem(certificateFile_));
  WINDLASS_TRY_ASSIGN(const std::string key, readPem(keyFile_));
  if (current_ && certificates + key == loaded_) return {};
  auto pair = std::make_shared<Pair>();
  const BioPtr certificateBio = bioOf(certificates);
  pair->leaf.reset(PEM_read_bio_X509(certificateBio.get(), nullptr, nullptr, nullptr));
  while (pair->leaf) {
    X509Ptr next(PEM_read_bio_X509(certificateBio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    pair->chain.push_back(std::move(next));
  }
  pair->key.reset(PEM_read_bio_PrivateKey(bioOf(key).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();  // the end of a chain is reported as an error
  if (!pair->leaf) return fail(ErrorKind::Decode, certificateFile_ + " holds no PEM certificate");
  if (!pair->key) return fail(ErrorKind::Decode, keyFile_ + " holds no PEM private key");
  if (X509_check_private_key(pair->leaf.get(), pair->key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::Decode,
                "the key in " + keyFile_ + " does not belong to the certificate in " + certificateFile_);
  }
  current_ = std::move(pair);
  loaded_ = certificates + key;
  ++generation_;
  return {};
}

bool ServingCertificate::use(SSL* connection) {
  std::shared_ptr<const Pair> pair;
  {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() - checked_ >= recheckAfter_) {
      // Half-written or removed files: the certificate we have goes on serving, and the next handshake looks again.
      [[maybe_unused]] const Status renewed = loadLocked();
    }
    pair = current_;
  }
  if (!pair || SSL_use_certificate(connection, pair->leaf.get()) != 1) return false;
  SSL_clear_chain_certs(connection);
  for (const X509Ptr& next : pair->chain)
    if (SSL_add1_chain_cert(connection, next.get()) != 1) return false;
  return SSL_use_PrivateKey(connection, pair->key.get()) == 1;
}

void ServingCertificate::attachTo(SSL_CTX& context) {
  SSL_CTX_set_cert_cb(
      &context,
      [](SSL* connection, void* self) { return static_cast<ServingCertificate*>(self)->use(connection) ? 1 : 0; },
      this);
}

int ServingCertificate::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

}  // namespace windlass::kube
