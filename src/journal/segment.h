#pragma once
// A segment of a journal: a file of records that is written from its beginning on and never
// changed.
//
// A record is a line of 42 bytes, its length in eight hexadecimal digits and its digest in 32, and
// then so many bytes. The digest is of the segment's identity, the record's place and its content:
// what belongs to another file, or to another place, is no record. The identity is random and part
// of the file's name, "0000000007-9c5f...e1.journal"; the number before it is for the order alone.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/content_hash.h"
#include "base/result.h"

namespace tidemark {

inline constexpr std::size_t record_head_bytes = 42;
inline constexpr std::size_t record_bytes_max = std::size_t{4} << 20U;  // of its content

// What the name of a segment's file says; nothing for another file.
struct SegmentName {
    std::uint64_t number = 0;
    std::string identity;  // 32 hexadecimal digits

    static std::optional<SegmentName> parse(std::string_view file_name);
    [[nodiscard]] std::string to_string() const;
};

// The record as it stands in the file, `place` bytes after its beginning.
std::string record_text(std::string_view identity, std::uint64_t place, std::string_view content);

// Reads the records of a segment that nobody writes to. One thread at a time.
class SegmentReader {
 public:
    // Fails with not_found, and with unavailable when it cannot be read.
    static Result<std::unique_ptr<SegmentReader>> open(const std::string& path);
    SegmentReader(const SegmentReader&) = delete;
    SegmentReader& operator=(const SegmentReader&) = delete;
    ~SegmentReader();

    // The next record's content, lent until the next call; nothing at the end. What is no record is
    // passed over, up to the next one. Fails with unavailable.
    Result<std::optional<std::string_view>> next();

    // So far, of the file.
    [[nodiscard]] std::uint64_t bytes_read() const { return place_; }

    // After the end: what follows the last record, written by a process that was killed meanwhile
    // and promised to nobody.
    [[nodiscard]] std::uint64_t torn_bytes() const { return torn_bytes_; }

    // What stands before a record and is none: the disk changed it. It may have been promised.
    [[nodiscard]] std::uint64_t damaged_bytes() const { return damaged_bytes_; }

 private:
    SegmentReader(std::string path, std::string identity, int file)
        : path_(std::move(path)), identity_(std::move(identity)), file_(file) {}

    Result<bool> has(std::uint64_t place, std::size_t count);
    [[nodiscard]] std::string_view view(std::uint64_t place, std::size_t count) const;
    // The length of the content of the record that begins at `place`; nothing when none does.
    Result<std::optional<std::size_t>> find_record(std::uint64_t place);

    std::string path_;
    std::string identity_;
    int file_;
    std::string buffer_;
    std::uint64_t buffer_begin_ = 0;  // of the file
    std::uint64_t place_ = 0;
    std::uint64_t torn_bytes_ = 0;
    std::uint64_t damaged_bytes_ = 0;
};

}  // namespace tidemark
