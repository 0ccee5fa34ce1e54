#include "store/sqlite/write_turn.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::sqlite {

namespace {

bool lock(int fd, short type) {
    struct flock whole {};
    whole.l_type = type;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

}  // namespace

Result<WriteTurn> WriteTurn::open(const std::string& database_path) {
    const std::string path = database_path + "-turn";
    struct stat database {};
    const mode_t mode =
        ::stat(database_path.c_str(), &database) == 0 ? database.st_mode & 0666 : 0644;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode);
    if (fd < 0) {
        return Error{ErrorKind::unavailable,
                     fmt::format("sqlite: '{}' cannot be opened for writing ({}): look at the "
                                 "permissions of the file and its directory",
                                 path,
                                 std::generic_category().message(errno))};
    }
    return WriteTurn(fd);
}

WriteTurn::WriteTurn(WriteTurn&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

WriteTurn& WriteTurn::operator=(WriteTurn&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

WriteTurn::~WriteTurn() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

bool WriteTurn::try_take() {
    return lock(fd_, F_WRLCK);
}

void WriteTurn::pass_on() {
    TIDEMARK_CHECK(lock(fd_, F_UNLCK));
}

}  // namespace tidemark::sqlite
