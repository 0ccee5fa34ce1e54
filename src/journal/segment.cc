#include "journal/segment.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tidemark {

namespace {

constexpr std::string_view extension = ".journal";
constexpr std::size_t number_digits = 10;
constexpr std::size_t identity_digits = 32;
constexpr std::size_t length_digits = 8;
constexpr std::size_t block_bytes = std::size_t{1} << 20U;

ContentHash digest_of(std::string_view identity, std::uint64_t place, std::string_view content) {
    ContentHasher hasher;
    hasher.update(identity);
    hasher.update(fmt::format(" {} ", place));
    hasher.update(content);
    return hasher.finish();
}

// All of the text as a number.
std::optional<std::uint64_t> number_of(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

}  // namespace

std::optional<SegmentName> SegmentName::parse(std::string_view file_name) {
    if (file_name.size() != number_digits + 1 + identity_digits + extension.size() ||
        file_name[number_digits] != '-' || !file_name.ends_with(extension)) {
        return std::nullopt;
    }
    const std::optional<std::uint64_t> number = number_of(file_name.substr(0, number_digits), 10);
    const std::string_view identity = file_name.substr(number_digits + 1, identity_digits);
    if (!number.has_value() || !ContentHash::parse(identity).has_value()) {
        return std::nullopt;
    }
    return SegmentName{.number = *number, .identity = std::string(identity)};
}

std::string SegmentName::to_string() const {
    return fmt::format("{:010}-{}{}", number, identity, extension);
}

std::string record_text(std::string_view identity, std::uint64_t place, std::string_view content) {
    return fmt::format(
        "{:08x} {}\n{}", content.size(), digest_of(identity, place, content).to_string(), content);
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const std::string& path) {
    const auto name = SegmentName::parse(std::filesystem::path(path).filename().string());
    const int file = name.has_value() ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) {
        return Error{
            name.has_value() && errno != ENOENT ? ErrorKind::unavailable : ErrorKind::not_found,
            fmt::format("segment '{}': cannot be read", path)};
    }
    return std::unique_ptr<SegmentReader>(new SegmentReader(path, name->identity, file));
}

SegmentReader::~SegmentReader() {
    ::close(file_);
}

// Whether so many bytes stand at `place`, which is never before what was asked for last; then
// they are in the buffer.
Result<bool> SegmentReader::has(std::uint64_t place, std::size_t count) {
    while (place + count > buffer_begin_ + buffer_.size()) {
        const std::uint64_t passed =
            std::min<std::uint64_t>(place_ - buffer_begin_, buffer_.size());
        buffer_.erase(0, passed);
        buffer_begin_ += passed;
        const std::size_t before = buffer_.size();
        buffer_.resize(before + block_bytes);
        const ssize_t got = ::pread(file_,
                                    buffer_.data() + before,
                                    block_bytes,
                                    static_cast<off_t>(buffer_begin_ + before));
        buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0) {
            return Error{
                ErrorKind::unavailable,
                fmt::format("segment '{}': {}", path_, std::generic_category().message(errno))};
        }
        if (got == 0) {
            return false;
        }
    }
    return true;
}

std::string_view SegmentReader::view(std::uint64_t place, std::size_t count) const {
    return std::string_view(buffer_).substr(place - buffer_begin_, count);
}

Result<std::optional<std::size_t>> SegmentReader::find_record(std::uint64_t place) {
    const std::optional<std::size_t> none;
    TIDEMARK_ASSIGN_OR_RETURN(const bool has_head, has(place, record_head_bytes));
    if (!has_head) {
        return none;
    }
    const std::string_view head = view(place, record_head_bytes);
    if (head[length_digits] != ' ' || head.back() != '\n') {
        return none;
    }
    const std::optional<std::uint64_t> length = number_of(head.substr(0, length_digits), 16);
    const std::string digest(head.substr(length_digits + 1, identity_digits));
    if (!length.has_value() || *length > record_bytes_max) {
        return none;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const bool whole, has(place, record_head_bytes + *length));
    if (!whole) {
        return none;
    }
    const std::string_view content = view(place + record_head_bytes, *length);
    return digest_of(identity_, place, content).to_string() == digest ? std::optional(*length)
                                                                      : none;
}

Result<std::optional<std::string_view>> SegmentReader::next() {
    for (std::uint64_t place = place_;; ++place) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::optional<std::size_t> length, find_record(place));
        if (length.has_value()) {
            damaged_bytes_ += place - place_;
            place_ = place + record_head_bytes + *length;
            return std::optional(view(place + record_head_bytes, *length));
        }
        TIDEMARK_ASSIGN_OR_RETURN(const bool goes_on, has(place, record_head_bytes));
        if (!goes_on) {
            const std::uint64_t end = buffer_begin_ + buffer_.size();
            torn_bytes_ = end - place_;
            place_ = end;
            return std::optional<std::string_view>();
        }
    }
}

}  // namespace tidemark
