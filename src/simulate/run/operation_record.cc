#include "simulate/run/operation_record.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tidemark::simulate {

namespace {

Error cannot(const char* what, const std::string& path) {
    return {ErrorKind::unavailable,
            fmt::format("ledger '{}': {}: {}", path, what, std::generic_category().message(errno))};
}

}  // namespace

Result<std::unique_ptr<LedgerFile>> LedgerFile::open(const std::string& path, bool durable) {
    const int descriptor = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return cannot("cannot be opened", path);
    }
    // A torn record of a killed writer would shift all that follow it.
    const off_t size = lseek(descriptor, 0, SEEK_END);
    if (size < 0 ||
        ftruncate(descriptor, size - size % static_cast<off_t>(sizeof(OperationRecord))) != 0) {
        ::close(descriptor);
        return cannot("cannot be opened", path);
    }
    return std::unique_ptr<LedgerFile>(new LedgerFile(path, descriptor, durable));
}

LedgerFile::~LedgerFile() {
    ::close(descriptor_);
}

Result<void> LedgerFile::append(const OperationRecord& record) {
    const ssize_t written = ::write(descriptor_, &record, sizeof(record));
    if (written != static_cast<ssize_t>(sizeof(record))) {
        return cannot("cannot be written", path_);
    }
    if (durable_ && record.kind == RecordKind::intent && fdatasync(descriptor_) != 0) {
        return cannot("cannot be made durable", path_);
    }
    return {};
}

std::vector<OperationRecord> LedgerTail::read_new() {
    std::vector<OperationRecord> records;
    std::ifstream stream(path_, std::ios::binary);
    if (!stream) {
        return records;
    }
    stream.seekg(static_cast<std::streamoff>(offset_));
    std::array<char, sizeof(OperationRecord)> bytes{};
    while (stream.read(bytes.data(), bytes.size())) {
        OperationRecord record;
        std::memcpy(&record, bytes.data(), bytes.size());
        records.push_back(record);
        offset_ += bytes.size();
    }
    return records;
}

std::vector<OperationRecord> read_ledger(const std::string& path) {
    return LedgerTail(path).read_new();
}

}  // namespace tidemark::simulate
