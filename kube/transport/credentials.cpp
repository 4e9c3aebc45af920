#include "kube/transport/credentials.h"

#include <mutex>

#include <spdlog/spdlog.h>

#include "kube/object/base64.h"
#include "kube/transport/exec_credential.h"
#include "kube/transport/files.h"

namespace windlass::kube {
namespace {

std::string trimmedToken(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

class FixedCredential : public CredentialSource {
 public:
  explicit FixedCredential(Credential credential) : credential_(std::move(credential)) {}
  Result<Credential> current(Clock::time_point) override { return credential_; }
  bool reject(const Credential&) override { return false; }

 private:
  const Credential credential_;
};

// Service account tokens are rotated in place. Reread each minute (10 s of leeway before), the last one is kept when a
// read fails, and dropped when the server refuses it.
class TokenFileCredential : public CredentialSource {
 public:
  explicit TokenFileCredential(std::string path) : path_(std::move(path)) {}

  Result<Credential> current(Clock::time_point now) override {
    const std::lock_guard lock(mutex_);
    if (token_.empty() || now >= validUntil_ - kLeeway || now < readAt_) {
      auto fresh = read();
      if (!fresh && token_.empty()) return fail(std::move(fresh).error());
      if (fresh)
        token_ = std::move(*fresh);
      else
        spdlog::warn("keeping the last token: {}", fresh.error().toString());
      readAt_ = now;
      validUntil_ = now + kLifetime;
    }
    return Credential{"Bearer " + token_, nullptr, nullptr};
  }

  bool reject(const Credential& credential) override {
    const std::lock_guard lock(mutex_);
    if (credential.authorization == "Bearer " + token_) token_.clear();
    return true;
  }

 private:
  static constexpr std::chrono::seconds kLifetime{60};
  static constexpr std::chrono::seconds kLeeway{10};

  Result<std::string> read() const {
    WINDLASS_TRY_ASSIGN(const std::string text, readSmallFile(path_, 1U << 20U));
    std::string token = trimmedToken(text);
    if (token.empty()) return fail(ErrorKind::Invalid, "the token file " + path_ + " is empty");
    return token;
  }

  const std::string path_;
  std::mutex mutex_;
  std::string token_;
  Clock::time_point readAt_;
  Clock::time_point validUntil_;
};

// A plugin's answer is used until it expires or is refused.
class ExecCredentialSource : public CredentialSource {
 public:
  explicit ExecCredentialSource(const Endpoint& endpoint) : endpoint_(endpoint) {}

  Result<Credential> current(Clock::time_point now) override {
    const std::lock_guard lock(mutex_);
    if (!known_ || (expires_ && now >= *expires_)) {
      WINDLASS_TRY_ASSIGN(ExecCredential fresh, runExecPlugin(endpoint_));
      credential_ = toCredential(fresh);
      expires_ = fresh.expires;
      known_ = true;
    }
    return credential_;
  }

  bool reject(const Credential& credential) override {
    const std::lock_guard lock(mutex_);
    if (credential.authorization == credential_.authorization && credential.certificate == credential_.certificate)
      known_ = false;
    return true;
  }

 private:
  static Credential toCredential(const ExecCredential& fresh) {
    Credential credential;
    if (!fresh.token.empty()) credential.authorization = "Bearer " + fresh.token;
    if (!fresh.certificate.empty()) {
      credential.certificate = std::make_shared<const std::string>(fresh.certificate);
      credential.key = std::make_shared<const std::string>(fresh.key);
    }
    return credential;
  }

  const Endpoint endpoint_;
  std::mutex mutex_;
  bool known_ = false;
  Credential credential_;
  std::optional<Clock::time_point> expires_;
};

}  // namespace

Result<std::unique_ptr<CredentialSource>> makeCredentialSource(const Endpoint& endpoint) {
  if (endpoint.exec) {
    WINDLASS_TRY(checkExecConfig(*endpoint.exec));
    return std::make_unique<ExecCredentialSource>(endpoint);
  }
  if (!endpoint.tokenFile.empty()) return std::make_unique<TokenFileCredential>(endpoint.tokenFile);
  Credential fixed;
  if (!endpoint.token.empty())
    fixed.authorization = "Bearer " + endpoint.token;
  else if (!endpoint.username.empty())
    fixed.authorization = "Basic " + base64Encode(endpoint.username + ":" + endpoint.password);
  return std::make_unique<FixedCredential>(std::move(fixed));
}

}  // namespace windlass::kube
