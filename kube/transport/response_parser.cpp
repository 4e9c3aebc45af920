#include "kube/transport/response_parser.h"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

namespace windlass::kube {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kMaxHeadBytes = 256U << 10U;

std::string_view viewOf(beast::string_view text) {
  return {text.data(), text.size()};
}

std::string lowerCased(beast::string_view text) {
  std::string lower(text.data(), text.size());
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace

// Hands on what Beast finds in one message. Not in the anonymous namespace: it is a part of Impl.
class ParsedMessage final : public http::basic_parser<false> {
 public:
  ParsedMessage(HttpResponse& head, std::size_t& headBytes, std::size_t bodyLeft)
      : head_(head), headBytes_(headBytes), bodyLeft_(bodyLeft) {
    eager(true);
    header_limit(kMaxHeadBytes);
    body_limit(std::numeric_limits<std::uint64_t>::max());  // none would refuse each Content-Length (Boost 1.74)
  }
  void appendBodyTo(std::string& body) { body_ = &body; }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {}
  void on_response_impl(int status, beast::string_view, int, beast::error_code& error) override {
    if (status < 100) error = http::error::bad_status;
    head_.status = status;
    head_.headers.clear();
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code& error) override {
    headBytes_ += name.size() + value.size() + 4;
    if (headBytes_ > kMaxHeadBytes) error = http::error::header_limit;
    // What comes behind the body (trailers) is no part of the head.
    if (!headDone_) head_.headers.emplace_back(lowerCased(name), std::string(viewOf(value)));
  }
  void on_header_impl(beast::error_code&) override { headDone_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code& error) override {
    if (length && *length > bodyLeft_) error = http::error::body_limit;
  }
  std::size_t on_body_impl(beast::string_view bytes, beast::error_code& error) override { return take(bytes, error); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code& error) override {
    return take(bytes, error);
  }
  void on_finish_impl(beast::error_code&) override {}

  std::size_t take(beast::string_view bytes, beast::error_code& error) {
    if (bytes.size() > bodyLeft_) {
      error = http::error::body_limit;
      return 0;
    }
    bodyLeft_ -= bytes.size();
    body_->append(bytes.data(), bytes.size());
    return bytes.size();
  }

  HttpResponse& head_;
  std::size_t& headBytes_;
  std::size_t bodyLeft_;
  std::string* body_ = nullptr;
  bool headDone_ = false;
};

namespace {

Error parseFailure(const beast::error_code& code, std::size_t maxBody) {
  if (code == http::error::header_limit)
    return {ErrorKind::TooLarge, "the head of the response is larger than 256 KiB", 0, std::nullopt, nullptr};
  if (code == http::error::body_limit)
    return {ErrorKind::TooLarge, "the response is larger than " + std::to_string(maxBody) + " bytes", 0, std::nullopt,
            nullptr};
  return {ErrorKind::Decode, "the answer is not HTTP/1.1 (" + code.message() + "); is it the right port?", 0,
          std::nullopt, nullptr};
}

}  // namespace

struct ResponseParser::Impl {
  explicit Impl(const Options& wanted) : options(wanted) { begin(); }
  void begin() {
    message.emplace(head, headBytes, options.maxBody);
    message->skip(options.noBody);
  }
  bool isInterim() const { return message->is_done() && head.status < 200 && head.status != 101; }

  const Options options;
  HttpResponse head;
  std::size_t headBytes = 0;
  std::string unparsed;  // the beginning of a line, or what came behind the response
  bool begun = false;
  std::optional<ParsedMessage> message;
};

ResponseParser::ResponseParser(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser::~ResponseParser() = default;

Status ResponseParser::feed(std::string_view bytes, std::string& body) {
  Impl& self = *impl_;
  self.begun = self.begun || !bytes.empty();
  const bool joined = !self.unparsed.empty();
  // BOOST_ASSERT(n >= 5) in parse_chunk_header is wrong about one byte behind a last chunk (Boost 1.74). It can wait:
  // there are two more to come at least.
  const bool lastChunk = isHeadDone() && self.unparsed == "0\r\n";
  if (joined) bytes = self.unparsed.append(bytes);
  if (lastChunk && bytes.size() == 4) return {};
  while (!bytes.empty() && !self.message->is_done()) {
    self.message->appendBodyTo(body);
    beast::error_code error;
    bytes.remove_prefix(self.message->put({bytes.data(), bytes.size()}, error));
    if (error == http::error::need_more) break;
    if (error) return fail(parseFailure(error, self.options.maxBody));
    if (self.isInterim()) self.begin();
  }
  // A line of a body's framing that never ends.
  if (!self.message->is_done() && bytes.size() > kMaxHeadBytes)
    return fail(parseFailure(http::error::header_limit, self.options.maxBody));
  if (joined)
    self.unparsed.erase(0, self.unparsed.size() - bytes.size());
  else
    self.unparsed = bytes;
  return {};
}

Status ResponseParser::finish() {
  beast::error_code error = http::error::partial_message;
  if (isHeadDone() && !isDone()) impl_->message->put_eof(error);
  if (isDone()) return {};
  return fail(ErrorKind::Transport, impl_->begun ? "the server closed the connection in the middle of its answer"
                                                 : "the server closed the connection without an answer");
}

bool ResponseParser::hasBegun() const {
  return impl_->begun;
}

bool ResponseParser::isHeadDone() const {
  return impl_->message->is_header_done();
}

bool ResponseParser::isDone() const {
  return impl_->message->is_done();
}

bool ResponseParser::keepsConnection() const {
  return impl_->message->keep_alive() && impl_->unparsed.empty() && impl_->head.status != 101;
}

HttpResponse& ResponseParser::head() {
  return impl_->head;
}

std::string_view ResponseParser::rest() const {
  return impl_->unparsed;
}

}  // namespace windlass::kube
