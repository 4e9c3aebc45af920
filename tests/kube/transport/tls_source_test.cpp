#include "kube/transport/tls_source.h"

#include <gtest/gtest.h>

#include "temp_folder.h"
#include "test_keys.h"

namespace windlass::kube {
namespace {

using std::chrono::minutes;

class TlsSourceTest : public ::testing::Test {
 protected:
  TlsSourceTest() {
    endpoint_.authorities.file = folder_.write("ca", authority_.certificate);
    endpoint_.clientCertificate.file = folder_.write("crt", client_.certificate);
    endpoint_.clientKey.file = folder_.write("key", client_.key);
  }
  TlsSource source() { return {endpoint_, TlsSource::read(endpoint_).value(), start_}; }

  const TlsSource::Clock::time_point start_ = TlsSource::Clock::now();
  TempFolder folder_;
  TestKeys authority_ = makeTestKeys("authority");
  TestKeys client_ = makeTestKeys("client");
  Endpoint endpoint_;
};

TEST_F(TlsSourceTest, P30_ChangedFilesAreSeenAfterFiveMinutes) {
  TlsSource tls = source();
  const TestKeys next = makeTestKeys("next");
  folder_.write("crt", next.certificate);
  folder_.write("key", next.key);
  EXPECT_EQ(*tls.current(start_ + minutes(4)).certificate, client_.certificate);
  const TlsMaterial fresh = tls.current(start_ + minutes(5));
  EXPECT_EQ(*fresh.certificate, next.certificate);
  EXPECT_EQ(*fresh.authorities, authority_.certificate);
}

TEST_F(TlsSourceTest, UnchangedFilesAreTheSameMaterial) {
  TlsSource tls = source();
  EXPECT_EQ(tls.current(start_), tls.current(start_ + minutes(6)));
}

TEST_F(TlsSourceTest, P30_AnEmptyOrBrokenFileNeverReplacesAGoodOne) {
  TlsSource tls = source();
  folder_.write("ca", "");
  EXPECT_EQ(*tls.current(start_ + minutes(5)).authorities, authority_.certificate);
  folder_.write("ca", "-----BEGIN CERTIFICATE-----\nnonsense\n");
  EXPECT_EQ(*tls.current(start_ + minutes(10)).authorities, authority_.certificate);
}

TEST_F(TlsSourceTest, P30_AHalfRotatedPairIsNotUsed) {
  TlsSource tls = source();
  const TestKeys next = makeTestKeys("next");
  folder_.write("crt", next.certificate);
  EXPECT_EQ(*tls.current(start_ + minutes(5)).certificate, client_.certificate);
  folder_.write("key", next.key);
  EXPECT_EQ(*tls.current(start_ + minutes(10)).certificate, next.certificate);
}

TEST_F(TlsSourceTest, WrongFilesAtTheStartAreErrorsOfConfiguration) {
  folder_.write("key", makeTestKeys("other").key);
  EXPECT_EQ(TlsSource::read(endpoint_).error().kind, ErrorKind::Invalid);
  endpoint_.clientKey.file.clear();
  EXPECT_EQ(TlsSource::read(endpoint_).error().kind, ErrorKind::Invalid);
  endpoint_.clientCertificate.file.clear();
  EXPECT_TRUE(TlsSource::read(endpoint_).has_value());
  endpoint_.authorities.file = folder_.path("none");
  EXPECT_EQ(TlsSource::read(endpoint_).error().kind, ErrorKind::Missing);
}

}  // namespace
}  // namespace windlass::kube
