#include "vmctl/agent/image_cache.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

namespace {

constexpr std::size_t kChunk = 1 << 20;
constexpr const char* kPrefix = "sha256-";

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Reads `source` to its end and hands every chunk to `each`; returns the digest.
Result<std::string> digest(const Fd& source, const std::function<Status(const char*, std::size_t)>& each) {
  const std::unique_ptr<EVP_MD_CTX, DigestFree> context(EVP_MD_CTX_new());
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::string chunk(kChunk, '\0');
  for (;;) {
    const ssize_t count = read(source.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errnoError("cannot read a file of the guest image");
    if (count == 0) break;
    EVP_DigestUpdate(context.get(), chunk.data(), static_cast<std::size_t>(count));
    WINDLASS_TRY(each(chunk.data(), static_cast<std::size_t>(count)));
  }
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), sum, &length);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", sum[i]);
  return hex;
}

Status writeFully(const Fd& out, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t count = write(out.get(), data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errnoError("cannot write to the image cache");
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace

Result<std::string> sha256Of(const Fd& file) {
  return digest(file, [](const char*, std::size_t) { return Status{}; });
}

ImageCache::ImageCache(std::string directory, std::uint64_t maxBytes, std::function<std::set<std::string>()> inUse)
    : directory_(std::move(directory)), maxBytes_(maxBytes), inUse_(std::move(inUse)) {}

Result<std::string> ImageCache::copy(const Fd& source, const std::string& target) {
  const Fd out(open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!out) return errnoError("cannot create", target);
  WINDLASS_TRY_ASSIGN(std::string sum,
                      digest(source, [&](const char* data, std::size_t size) { return writeFully(out, data, size); }));
  // QEMU reads it under another user; nobody but us may write it.
  if (fchmod(out.get(), 0644) != 0 || fsync(out.get()) != 0) return errnoError("cannot complete", target);
  return sum;
}

Status ImageCache::makeRoom(std::uint64_t bytes) {
  struct Candidate {
    std::filesystem::path path;
    std::filesystem::file_time_type used;
    std::uint64_t size;
  };
  const std::set<std::string> keep = inUse_();
  std::vector<Candidate> candidates;
  std::uint64_t total = 0;
  std::error_code failed;
  for (const auto& item : std::filesystem::directory_iterator(directory_, failed)) {
    const std::string name = item.path().filename().string();
    total += item.file_size(failed);
    const bool named = name.rfind(kPrefix, 0) == 0;
    if (named && keep.contains(name.substr(std::string_view(kPrefix).size()))) continue;
    candidates.push_back({item.path(), item.last_write_time(failed), item.file_size(failed)});
  }
  std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.used < b.used; });
  for (const Candidate& candidate : candidates) {
    if (total + bytes <= maxBytes_) break;
    spdlog::info("removing {} from the image cache to make room", candidate.path.string());
    std::filesystem::remove(candidate.path, failed);
    total -= candidate.size;
  }
  if (total + bytes <= maxBytes_) return {};
  return fail(
      ErrorKind::TooLarge,
      fmt::format("the image cache {} is full: {} MiB are in use by guests, the image needs {} MiB, the limit is {} "
                  "MiB; raise --image-cache-size or place the guest on another node",
                  directory_, total >> 20, bytes >> 20, maxBytes_ >> 20));
}

Result<ImageCache::Cached> ImageCache::keep(const Fd& source, const ImageFile& file) {
  const std::lock_guard lock(mutex_);
  WINDLASS_TRY(ensureDirectory(directory_, 0711));
  std::string sum = file.sha256;
  if (sum.empty()) {
    WINDLASS_TRY_ASSIGN(sum, sha256Of(source));
    if (lseek(source.get(), 0, SEEK_SET) < 0) return errnoError("cannot rewind", file.name);
  }
  const std::string path = directory_ + "/" + kPrefix + sum;
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return Cached{path, sum};  // there, and used now
  struct stat info {};
  if (fstat(source.get(), &info) != 0) return errnoError("cannot stat", file.name);
  WINDLASS_TRY(makeRoom(static_cast<std::uint64_t>(info.st_size)));
  const std::string temporary = directory_ + "/incoming";  // one at a time, under the mutex
  WINDLASS_TRY_ASSIGN(const std::string found, copy(source, temporary));
  if (found != sum) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return fail(ErrorKind::Invalid,
                fmt::format("{} of the guest image has SHA-256 {}, image.json says {}; build the image again",
                            file.name, found, sum));
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return errnoError("cannot rename to", path);
  WINDLASS_TRY(syncDirectory(directory_));
  return Cached{path, sum};
}

}  // namespace windlass::vm
