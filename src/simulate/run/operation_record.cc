#include "simulate/run/operation_record.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tidemark::simulate {

namespace {

Error cannot(const char* what, const std::string& path) {
    return {ErrorKind::unavailable,
            fmt::format("ledger '{}': {}: {}", path, what, std::generic_category().message(errno))};
}

constexpr std::size_t record_bytes = sizeof(OperationRecord);
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t records_a_page = 512;  // whole records and whole pages
constexpr std::size_t records_mapped = 2 * records_a_page;
static_assert(records_a_page * record_bytes % page_bytes == 0);
constexpr std::size_t records_ready = 64;  // what connections append between two make_room()
constexpr std::size_t records_in_every_page = page_bytes / record_bytes;

}  // namespace

bool is_final(RecordKind kind) {
    return kind == RecordKind::committed || kind == RecordKind::failed ||
           kind == RecordKind::skipped;
}

Result<std::unique_ptr<LedgerFile>> LedgerFile::open(const std::string& path, bool durable) {
    const int descriptor = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return cannot("cannot be opened", path);
    }
    std::unique_ptr<LedgerFile> ledger(new LedgerFile(path, descriptor, durable));
    ledger->next_ = read_ledger(path).size();
    // A torn record of a killed writer would end the file before what follows it.
    if (ftruncate(descriptor, static_cast<off_t>(ledger->next_ * record_bytes)) != 0) {
        return cannot("cannot be cut", path);
    }
    TIDEMARK_RETURN_IF_ERROR(ledger->map_from(ledger->next_ / records_a_page * records_a_page));
    return ledger;
}

Result<void> LedgerFile::map_from(std::size_t first) {
    const auto offset = static_cast<off_t>(first * record_bytes);
    constexpr std::size_t bytes = records_mapped * record_bytes;
    // Reserved on the disk: a full one is an error here, and not a signal at the next record.
    errno = posix_fallocate(descriptor_, offset, bytes);
    if (errno != 0) {
        return cannot("cannot be written", path_);
    }
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, offset);
    if (memory == MAP_FAILED) {
        return cannot("cannot be mapped", path_);
    }
    if (mapped_ != nullptr) {
        munmap(mapped_, bytes);
    }
    mapped_ = static_cast<std::byte*>(memory);
    first_ = first;
    ready_ = next_;
    return {};
}

// The kernel takes note of a page when it is first written to, which takes as long as all else that
// a short transaction needs here. What is written is what stands there already: no record.
void LedgerFile::make_room() {
    if (next_ + records_ready > first_ + records_mapped &&
        !map_from(next_ / records_a_page * records_a_page).has_value()) {
        return;
    }
    ready_ = std::max(ready_, next_);
    for (; ready_ < next_ + records_ready; ready_ += records_in_every_page) {
        kind_of(ready_).store(0, std::memory_order_relaxed);
    }
}

bool LedgerFile::wants_room() const {
    return ready_ < next_ + records_ready;
}

std::atomic_ref<std::uint32_t> LedgerFile::kind_of(std::size_t record) const {
    std::byte* slot = mapped_ + (record - first_) * record_bytes;
    return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(slot));
}

LedgerFile::~LedgerFile() {
    if (mapped_ != nullptr) {
        munmap(mapped_, records_mapped * record_bytes);
        // What was reserved and not used; left there, it would be read as the end all the same.
        static_cast<void>(ftruncate(descriptor_, static_cast<off_t>(next_ * record_bytes)) == 0);
    }
    ::close(descriptor_);
}

Result<void> LedgerFile::append(const OperationRecord& record) {
    if (next_ == first_ + records_mapped) {
        TIDEMARK_RETURN_IF_ERROR(map_from(next_));
    }
    std::byte* slot = mapped_ + (next_ - first_) * record_bytes;
    std::memcpy(slot + sizeof(record.kind),
                reinterpret_cast<const std::byte*>(&record) + sizeof(record.kind),
                record_bytes - sizeof(record.kind));
    kind_of(next_).store(static_cast<std::uint32_t>(record.kind), std::memory_order_release);
    ++next_;
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
        if (static_cast<std::uint32_t>(record.kind) == 0) {
            break;
        }
        records.push_back(record);
        offset_ += bytes.size();
    }
    return records;
}

std::vector<OperationRecord> read_ledger(const std::string& path) {
    return LedgerTail(path).read_new();
}

}  // namespace tidemark::simulate
