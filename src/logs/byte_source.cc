#include "logs/byte_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark {

namespace {

std::string reason_of(int error) {
    return std::generic_category().message(error);
}

// Owns the descriptor, except standard input's.
class FileSource final : public ByteSource {
 public:
    FileSource(int descriptor, std::string name)
        : descriptor_(descriptor), name_(std::move(name)) {}
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    ~FileSource() override {
        if (descriptor_ != STDIN_FILENO) {
            ::close(descriptor_);
        }
    }

    Result<std::size_t> read(std::span<char> into) override {
        while (true) {
            const ssize_t got = ::read(descriptor_, into.data(), into.size());
            if (got >= 0) {
                bytes_read_ += static_cast<std::uint64_t>(got);
                return static_cast<std::size_t>(got);
            }
            if (errno != EINTR) {
                return Error{ErrorKind::unavailable,
                             fmt::format("{}: cannot be read: {}", name_, reason_of(errno))};
            }
        }
    }

    [[nodiscard]] std::uint64_t bytes_read() const override { return bytes_read_; }

 private:
    int descriptor_;
    std::string name_;
    std::uint64_t bytes_read_ = 0;
};

// Shows the first bytes of a source before handing them on with the rest.
class PeekedSource final : public ByteSource {
 public:
    explicit PeekedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    // The first four bytes, fewer when there are no more. Once, before read().
    Result<std::string_view> peek() {
        while (head_size_ < head_.size()) {
            const Result<std::size_t> got = source_->read(std::span(head_).subspan(head_size_));
            if (!got.has_value()) {
                return got.error();
            }
            if (*got == 0) {
                break;
            }
            head_size_ += *got;
        }
        return std::string_view(head_.data(), head_size_);
    }

    Result<std::size_t> read(std::span<char> into) override {
        const std::size_t count = std::min(into.size(), head_size_ - given_);
        std::memcpy(into.data(), head_.data() + given_, count);
        given_ += count;
        if (count == into.size()) {
            return count;
        }
        const Result<std::size_t> more = source_->read(into.subspan(count));
        if (!more.has_value()) {
            return more.error();
        }
        return count + *more;
    }

    [[nodiscard]] std::uint64_t bytes_read() const override { return source_->bytes_read(); }

 private:
    std::array<char, 4> head_{};
    std::size_t head_size_ = 0;
    std::size_t given_ = 0;
    std::unique_ptr<ByteSource> source_;
};

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
    if (path == "-") {
        return std::unique_ptr<ByteSource>(new FileSource(STDIN_FILENO, "standard input"));
    }
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return Error{ErrorKind::not_found,
                     fmt::format("{}: cannot be opened: {}", path, reason_of(errno))};
    }
    auto source = std::make_unique<FileSource>(descriptor, path);
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: is a directory; name the files in it", path)};
    }
    // Only advice: a larger read-ahead from disks, and no harm where it is not understood.
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<ByteSource>(std::move(source));
}

// RFC 1952 section 2.3.1; RFC 8878 sections 3.1.1 and 3.1.2 (a skippable frame may come first).
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";
constexpr std::string_view skippable_magic_rest = "\x2a\x4d\x18";

bool begins_zstd(std::string_view head) {
    return head.starts_with(zstd_magic) ||
           (head.size() == 4 && (static_cast<unsigned char>(head[0]) & 0xf0U) == 0x50U &&
            head.substr(1) == skippable_magic_rest);
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_byte_source(const std::string& path,
                                                     const UnpackingLimits& limits) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, open_file(path));
    auto whole = std::make_unique<PeekedSource>(std::move(file));
    const Result<std::string_view> head = whole->peek();
    if (!head.has_value()) {
        return head.error();
    }
    const bool gzip = head->starts_with(gzip_magic);
    const bool zstd = begins_zstd(*head);
    const std::string name = path == "-" ? "standard input" : path;
    if (gzip) {
        return make_gzip_source(std::move(whole), name, limits);
    }
    if (zstd) {
        return make_zstd_source(std::move(whole), name, limits);
    }
    return std::unique_ptr<ByteSource>(std::move(whole));
}

}  // namespace tidemark
