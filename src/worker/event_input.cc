#include "worker/event_input.h"

#include <cerrno>
#include <span>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark {

namespace {

constexpr std::size_t block_bytes = std::size_t{256} * 1024;

Error unreadable(const std::string& path, int code) {
    return {code == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable,
            fmt::format("read {}: {}", path, std::generic_category().message(code))};
}

class SourceInput final : public EventInput {
 public:
    explicit SourceInput(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    Result<Got> read(std::string& to, std::chrono::milliseconds /*wait_max*/) override {
        const std::size_t before = to.size();
        to.resize(before + block_bytes);
        const Result<std::size_t> got = source_->read(std::span(to.data() + before, block_bytes));
        to.resize(before + (got.has_value() ? *got : 0));
        if (!got.has_value()) {
            return got.error();
        }
        return *got > 0 ? Got::bytes : Got::end;
    }

 private:
    std::unique_ptr<ByteSource> source_;
};

class StreamInput final : public EventInput {
 public:
    StreamInput(std::string path, int descriptor, bool grows)
        : path_(std::move(path)), descriptor_(descriptor), grows_(grows) {}
    ~StreamInput() override {
        if (descriptor_ != STDIN_FILENO) {
            ::close(descriptor_);
        }
    }

    Result<Got> read(std::string& to, std::chrono::milliseconds wait_max) override {
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(wait_max.count()));
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            return Got::nothing;
        }
        const std::size_t before = to.size();
        to.resize(before + block_bytes);
        const ssize_t got = ::read(descriptor_, to.data() + before, block_bytes);
        const int code = errno;
        to.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0) {
            return code == EINTR || code == EAGAIN ? Result<Got>(Got::nothing)
                                                   : unreadable(path_, code);
        }
        if (got == 0 && grows_) {
            // A regular file is always ready to be read, also at its end.
            std::this_thread::sleep_for(std::min(wait_max, std::chrono::milliseconds(100)));
            return Got::nothing;
        }
        return got > 0 ? Got::bytes : Got::end;
    }

 private:
    std::string path_;
    int descriptor_;
    bool grows_;
};

}  // namespace

Result<std::unique_ptr<EventInput>> open_event_file(const std::string& path) {
    const UnpackingLimits limits{.expanded_bytes_max = std::uint64_t{1} << 40U};
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, open_byte_source(path, limits));
    return make_event_input(std::move(source));
}

std::unique_ptr<EventInput> make_event_input(std::unique_ptr<ByteSource> source) {
    return std::make_unique<SourceInput>(std::move(source));
}

Result<std::unique_ptr<EventInput>> open_event_stream(const std::string& path) {
    const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (descriptor < 0 || ::fstat(descriptor, &about) != 0) {
        return unreadable(path, errno);
    }
    const bool grows = path != "-" && S_ISREG(about.st_mode);
    return std::unique_ptr<EventInput>(std::make_unique<StreamInput>(path, descriptor, grows));
}

}  // namespace tidemark
