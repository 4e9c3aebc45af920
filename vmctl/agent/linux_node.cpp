#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "vmctl/agent/cgroups.h"
#include "vmctl/agent/command.h"
#include "vmctl/agent/files.h"
#include "vmctl/agent/guest_image.h"
#include "vmctl/agent/image_cache.h"
#include "vmctl/agent/network.h"
#include "vmctl/agent/node.h"

namespace windlass::vm {
namespace {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

constexpr std::size_t kMaxImageJson = 64 * 1024;
constexpr std::size_t kMaxUserData = 1 << 20;  // a Secret's limit
constexpr std::size_t kMaxResolvConf = 64 * 1024;

std::string rootOf(pid_t carrier) {
  return fmt::format("/proc/{}/root", carrier);
}

class LinuxNode : public Node {
 public:
  LinuxNode(const NodeOptions& options, std::function<std::set<std::string>()> imagesInUse)
      : options_(options),
        cache_(options.stateDirectory + "/images", options.imageCacheBytes, std::move(imagesInUse)) {}

  Result<NodeImage> prepareImage(pid_t carrier) override;
  Result<std::string> readUserData(pid_t carrier) override;
  Result<GuestNetwork> readNetwork(pid_t carrier) override;
  Status writeFile(const std::string& path, const std::string& content) override;
  Status createOverlay(const DiskImage& base, const std::string& path) override;
  Status createTap(const std::string& name, int mtu) override { return vm::createTap(name, mtu); }
  Status removeTap(const std::string& name) override { return vm::removeTap(name); }
  Status handOverNetwork(pid_t carrier, const std::string& tap, const GuestNetwork& network) override {
    return handOver(carrier, tap, network);
  }
  Status joinCgroups(pid_t carrier, const Identity& identity) override;
  Result<Fd> openConsole(const std::string& socket) override;

 private:
  Result<ImageCache::Cached> keep(pid_t carrier, const ImageFile& file, NodeImage& image);
  Result<NodeImage> prepareKernel(pid_t carrier, const GuestImage& image);
  Result<NodeImage> prepareDisk(pid_t carrier, const GuestImage& image);

  const NodeOptions options_;
  ImageCache cache_;
};

Result<ImageCache::Cached> LinuxNode::keep(pid_t carrier, const ImageFile& file, NodeImage& image) {
  WINDLASS_TRY_ASSIGN(const Fd source, openInRoot(rootOf(carrier), "/image/disk/" + file.name));
  WINDLASS_TRY_ASSIGN(ImageCache::Cached cached, cache_.keep(source, file));
  image.digests.push_back(cached.sha256);
  return cached;
}

Result<NodeImage> LinuxNode::prepareKernel(pid_t carrier, const GuestImage& image) {
  NodeImage out;
  out.kernel.emplace();
  out.kernel->arguments = image.arguments;
  WINDLASS_TRY_ASSIGN(const ImageCache::Cached kernel, keep(carrier, image.kernel, out));
  out.kernel->kernel = kernel.path;
  if (image.initrd.name.empty()) return out;
  WINDLASS_TRY_ASSIGN(const ImageCache::Cached initrd, keep(carrier, image.initrd, out));
  out.kernel->initrd = initrd.path;
  return out;
}

Result<NodeImage> LinuxNode::prepareDisk(pid_t carrier, const GuestImage& image) {
  NodeImage out;
  WINDLASS_TRY_ASSIGN(const ImageCache::Cached disk, keep(carrier, image.disk, out));
  out.disk = DiskImage{disk.path, image.format};
  if (image.format != "qcow2") return out;
  const Fd file(open(disk.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return errnoError("cannot open", disk.path);
  std::string header(104, '\0');
  const ssize_t count = read(file.get(), header.data(), header.size());
  if (count < 0) return errnoError("cannot read", disk.path);
  header.resize(static_cast<std::size_t>(count));
  WINDLASS_TRY(checkQcow2Header(header));
  return out;
}

Result<NodeImage> LinuxNode::prepareImage(pid_t carrier) {
  const Result<Fd> file = openInRoot(rootOf(carrier), "/image/disk/image.json");
  if (!file && file.error().kind == ErrorKind::Missing) {
    return fail(ErrorKind::Invalid, "the image is not a guest image: it has no /disk/image.json");
  }
  if (!file) return fail(file.error());
  WINDLASS_TRY_ASSIGN(const std::string text, readAll(*file, kMaxImageJson, "image.json"));
  WINDLASS_TRY_ASSIGN(const GuestImage image, decodeGuestImage(text));
  Result<NodeImage> out =
      image.kind == GuestImage::Kind::Kernel ? prepareKernel(carrier, image) : prepareDisk(carrier, image);
  if (!out && out.error().kind == ErrorKind::Missing) return kube::wrap("the guest image is incomplete", out.error());
  return out;
}

Result<std::string> LinuxNode::readUserData(pid_t carrier) {
  WINDLASS_TRY_ASSIGN(const Fd file, openInRoot(rootOf(carrier), "/userdata/user-data"));
  return readAll(file, kMaxUserData, "the user data");
}

Result<GuestNetwork> LinuxNode::readNetwork(pid_t carrier) {
  WINDLASS_TRY_ASSIGN(GuestNetwork network, readPodNetwork(carrier));
  const Result<Fd> resolv = openInRoot(rootOf(carrier), "/etc/resolv.conf");
  if (!resolv) return network;  // a pod without DNS is allowed to be
  WINDLASS_TRY_ASSIGN(const std::string text, readAll(*resolv, kMaxResolvConf, "resolv.conf"));
  readResolvConf(text, network);
  return network;
}

Status LinuxNode::writeFile(const std::string& path, const std::string& content) {
  std::remove(path.c_str());  // QEMU's user may own the one of an earlier start
  // libvirt gives it to QEMU's user; user data may hold secrets, so nobody else reads it.
  return writeDurably(path, content, 0600);
}

Status LinuxNode::createOverlay(const DiskImage& base, const std::string& path) {
  std::remove(path.c_str());
  return runCommand({"qemu-img", "create", "-q", "-f", "qcow2", "-F", base.format, "-b", base.path, path},
                    std::chrono::seconds(30));
}

Status LinuxNode::joinCgroups(pid_t carrier, const Identity& identity) {
  const std::string path = options_.libvirtRunDirectory + "/" + domainName(identity) + ".pid";
  WINDLASS_TRY_ASSIGN(const std::string text, readFile(path, 64));
  const pid_t qemu = static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
  WINDLASS_TRY_ASSIGN(const std::string arguments, readFile(fmt::format("/proc/{}/cmdline", qemu), 1 << 20));
  if (qemu <= 1 || arguments.find(identity.vmUid) == std::string::npos) {
    return fail(ErrorKind::Internal, fmt::format("{} names process {}, which is not this guest's QEMU", path, qemu));
  }
  return vm::joinCgroups(carrier, qemu);
}

Result<Fd> LinuxNode::openConsole(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return fail(ErrorKind::Invalid, "the path " + socket + " is too long");
  std::memcpy(address.sun_path, socket.data(), socket.size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return errnoError("cannot make a socket");
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errnoError("cannot connect to the guest's console", socket);
  }
  return fd;
}

}  // namespace

std::unique_ptr<Node> makeLinuxNode(const NodeOptions& options, std::function<std::set<std::string>()> imagesInUse) {
  return std::make_unique<LinuxNode>(options, std::move(imagesInUse));
}

}  // namespace windlass::vm
