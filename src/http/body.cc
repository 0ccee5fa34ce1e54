#include "http/body.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tidemark::http {

namespace {

Error failed(const std::string& directory, std::string_view doing) {
    return {ErrorKind::unavailable,
            "request body: " + std::string(doing) + " a temporary file in " + directory + ": " +
                std::generic_category().message(errno)};
}

}  // namespace

RequestBody::RequestBody(RequestBody&& other) noexcept
    : directory_(std::move(other.directory_)),
      memory_(std::move(other.memory_)),
      size_(std::exchange(other.size_, 0)),
      file_(std::exchange(other.file_, -1)) {}

RequestBody& RequestBody::operator=(RequestBody&& other) noexcept {
    std::swap(directory_, other.directory_);
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(file_, other.file_);
    return *this;
}

RequestBody::~RequestBody() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

Result<void> RequestBody::append(std::string_view bytes) {
    if (file_ < 0 && memory_.size() + bytes.size() <= memory_bytes_max) {
        memory_ += bytes;
        size_ += bytes.size();
        return {};
    }
    if (file_ < 0) {
        TIDEMARK_RETURN_IF_ERROR(move_to_file());
    }
    TIDEMARK_RETURN_IF_ERROR(write(bytes));
    size_ += bytes.size();
    return {};
}

Result<void> RequestBody::move_to_file() {
    file_ = ::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file_ < 0) {
        return failed(directory_, "cannot make");
    }
    TIDEMARK_RETURN_IF_ERROR(write(memory_));
    memory_ = {};
    return {};
}

Result<void> RequestBody::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file_, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return failed(directory_, "cannot write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return {};
}

Result<std::size_t> RequestBody::read_at(std::uint64_t offset, std::span<char> into) const {
    if (file_ < 0) {
        const std::string_view rest =
            std::string_view(memory_).substr(std::min<std::uint64_t>(offset, memory_.size()));
        return rest.copy(into.data(), into.size());
    }
    std::size_t got = 0;
    while (got < into.size()) {
        const ssize_t count =
            ::pread(file_, into.data() + got, into.size() - got, static_cast<off_t>(offset + got));
        if (count < 0 && errno != EINTR) {
            return failed(directory_, "cannot read");
        }
        if (count == 0) {
            break;
        }
        got += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    return got;
}

}  // namespace tidemark::http
