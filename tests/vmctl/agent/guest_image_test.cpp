#include "vmctl/agent/guest_image.h"

#include <gtest/gtest.h>

namespace windlass::vm {
namespace {

TEST(GuestImage, OfKindKernelNamesKernelInitrdAndArguments) {
  const auto image =
      decodeGuestImage(R"({"kind": "kernel", "kernel": "vmlinuz", "initrd": "initrd", "cmdline": "quiet"})");
  ASSERT_TRUE(image) << image.error().toString();
  EXPECT_EQ(image->kind, GuestImage::Kind::Kernel);
  EXPECT_EQ(image->kernel.name, "vmlinuz");
  EXPECT_EQ(image->initrd.name, "initrd");
  EXPECT_EQ(image->arguments, "quiet");
}

TEST(GuestImage, TakesTheSumsOfItsFiles) {
  const std::string sum(64, 'a');
  const auto image =
      decodeGuestImage(R"({"kind": "disk", "disk": "disk.qcow2", "sha256": {"disk.qcow2": ")" + sum + "\"}}");
  ASSERT_TRUE(image) << image.error().toString();
  EXPECT_EQ(image->disk.sha256, sum);
  EXPECT_EQ(image->format, "qcow2");
}

TEST(GuestImage, RefusesWhatItCannotTrust) {
  for (const char* text : {
           "",
           "[]",
           R"({"kind": "floppy"})",
           R"({"kind": "kernel"})",
           R"({"kind": "disk"})",
           R"({"kind": "disk", "disk": "../../etc/shadow"})",
           R"({"kind": "disk", "disk": "/etc/shadow"})",
           R"({"kind": "disk", "disk": "a//b"})",
           R"({"kind": "disk", "disk": "disk.qcow2", "format": "vmdk"})",
           R"({"kind": "disk", "disk": "disk.qcow2", "sha256": {"disk.qcow2": "../../x"}})",
       }) {
    const auto image = decodeGuestImage(text);
    ASSERT_FALSE(image) << text;
    EXPECT_EQ(image.error().kind, kube::ErrorKind::Invalid) << text;
  }
}

std::string qcow2Header(char version, char backing, char features) {
  std::string header(104, '\0');
  header.replace(0, 4, "QFI\xfb");
  header[7] = version;
  header[15] = backing;
  header[79] = features;
  return header;
}

TEST(Qcow2, WithoutReferencesIsAccepted) {
  EXPECT_TRUE(checkQcow2Header(qcow2Header(2, 0, 0)));
  EXPECT_TRUE(checkQcow2Header(qcow2Header(3, 0, 1)));
}

TEST(Qcow2, ThatLeadsQemuToOtherFilesIsRefused) {
  EXPECT_FALSE(checkQcow2Header(qcow2Header(3, 1, 0))) << "backing file";
  EXPECT_FALSE(checkQcow2Header(qcow2Header(3, 0, 4))) << "external data file";
  EXPECT_FALSE(checkQcow2Header(qcow2Header(4, 0, 0))) << "unknown version";
  EXPECT_FALSE(checkQcow2Header("QFI\xfb")) << "too short";
  EXPECT_FALSE(checkQcow2Header(std::string(104, 'x'))) << "not qcow2";
}

}  // namespace
}  // namespace windlass::vm
