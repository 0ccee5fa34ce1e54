#include "rows/row_sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/check.h"
#include "domain/total.h"

namespace tidemark {

namespace {

// One row as it lies in memory and in the file: the subject's length, the slot's index, the values,
// the subject.
struct Record {
    std::string_view subject;
    Slot slot = Slot::from_index(0);
    const char* values = nullptr;  // not aligned
};

constexpr std::size_t head_size = sizeof(std::uint32_t) + sizeof(std::int32_t);

template <typename Number>
Number number_at(const char* bytes) {
    Number number;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

template <typename Number>
void append_number(std::string& to, Number number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    to.append(bytes, sizeof bytes);
}

Record record_at(const char* bytes, std::size_t metric_count) {
    const auto length = number_at<std::uint32_t>(bytes);
    const char* const values = bytes + head_size;
    return {.subject = {values + metric_count * sizeof(std::int64_t), length},
            .slot = Slot::from_index(number_at<std::int32_t>(bytes + sizeof(std::uint32_t))),
            .values = values};
}

std::size_t size_of(const Record& record, std::size_t metric_count) {
    return head_size + metric_count * sizeof(std::int64_t) + record.subject.size();
}

// The order in which stores write: (day, subject, slot).
bool comes_before(const Record& left, const Record& right) {
    const UtcDay left_day = left.slot.day();
    const UtcDay right_day = right.slot.day();
    if (left_day != right_day) {
        return left_day < right_day;
    }
    const int order = left.subject.compare(right.subject);
    return order != 0 ? order < 0 : left.slot < right.slot;
}

// Records in order, equal keys one after the other.
class RecordStream {
 public:
    RecordStream() = default;
    RecordStream(const RecordStream&) = delete;
    RecordStream& operator=(const RecordStream&) = delete;
    virtual ~RecordStream() = default;
    virtual void rewind() = 0;
    // Lent until the next call; nullptr at the end.
    virtual const Record* next() = 0;
};

class GatheredStream final : public RecordStream {
 public:
    GatheredStream(std::string bytes, std::vector<std::size_t> places, std::size_t metric_count)
        : bytes_(std::move(bytes)), places_(std::move(places)), metric_count_(metric_count) {}

    void rewind() override { next_ = 0; }
    const Record* next() override {
        if (next_ == places_.size()) {
            return nullptr;
        }
        record_ = record_at(bytes_.data() + places_[next_++], metric_count_);
        return &record_;
    }

 private:
    std::string bytes_;
    std::vector<std::size_t> places_;
    std::size_t metric_count_;
    std::size_t next_ = 0;
    Record record_;
};

// A file without a name, gone with its descriptor.
class TemporaryFile {
 public:
    static Result<std::unique_ptr<TemporaryFile>> make(const std::string& directory) {
        std::string path = directory + "/tidemark-rows-XXXXXX";
        const int descriptor = mkstemp(path.data());
        if (descriptor < 0) {
            return failed(directory, errno);
        }
        unlink(path.c_str());
        return std::unique_ptr<TemporaryFile>(new TemporaryFile(directory, descriptor));
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { close(descriptor_); }

    [[nodiscard]] std::size_t size() const { return size_; }

    Result<void> append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                return failed(directory_, errno);
            }
            bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
            size_ += written < 0 ? 0 : static_cast<std::size_t>(written);
        }
        return {};
    }

    // What was written must be there: nobody else knows the file.
    void read(char* into, std::size_t count, std::size_t from) const {
        while (count > 0) {
            const ssize_t got = pread(descriptor_, into, count, static_cast<off_t>(from));
            TIDEMARK_CHECK(got > 0 || (got < 0 && errno == EINTR));
            const std::size_t step = got < 0 ? 0 : static_cast<std::size_t>(got);
            into += step;
            from += step;
            count -= step;
        }
    }

 private:
    TemporaryFile(std::string directory, int descriptor)
        : directory_(std::move(directory)), descriptor_(descriptor) {}

    static Error failed(const std::string& directory, int code) {
        return {ErrorKind::unavailable,
                fmt::format("directory '{}': rows that do not fit into memory cannot be put there: "
                            "{}; TMPDIR names another",
                            directory,
                            std::generic_category().message(code))};
    }

    std::string directory_;
    int descriptor_;
    std::size_t size_ = 0;
};

// A sorted part of the file, [begin, end).
struct Piece {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// Reads a piece through a buffer of its own.
class PieceReader {
 public:
    PieceReader(const TemporaryFile& file,
                Piece piece,
                std::size_t metric_count,
                std::size_t buffer_bytes)
        : file_(&file), piece_(piece), metric_count_(metric_count), buffer_bytes_(buffer_bytes) {}

    void rewind() {
        position_ = piece_.begin;
        buffer_.clear();
        consumed_ = 0;
        advance();
    }

    [[nodiscard]] bool at_end() const { return at_end_; }
    [[nodiscard]] const Record& record() const { return record_; }

    void advance() {
        const std::size_t fixed = head_size + metric_count_ * sizeof(std::int64_t);
        at_end_ = !have(fixed);
        if (at_end_) {
            return;
        }
        const auto length = number_at<std::uint32_t>(buffer_.data() + consumed_);
        TIDEMARK_CHECK(have(fixed + length));
        record_ = record_at(buffer_.data() + consumed_, metric_count_);
        consumed_ += fixed + length;
    }

 private:
    // Whether so many bytes lie in the buffer from consumed_ on; reads more when they do not.
    bool have(std::size_t count) {
        if (buffer_.size() - consumed_ >= count) {
            return true;
        }
        buffer_.erase(0, consumed_);
        consumed_ = 0;
        const std::size_t kept = buffer_.size();
        const std::size_t more =
            std::min(std::max(buffer_bytes_, count) - kept, piece_.end - position_);
        buffer_.resize(kept + more);
        file_->read(buffer_.data() + kept, more, position_);
        position_ += more;
        return buffer_.size() >= count;
    }

    const TemporaryFile* file_;
    Piece piece_;
    std::size_t metric_count_;
    std::size_t buffer_bytes_;
    std::size_t position_ = 0;
    std::string buffer_;
    std::size_t consumed_ = 0;
    Record record_;
    bool at_end_ = true;
};

class MergedStream final : public RecordStream {
 public:
    MergedStream(std::unique_ptr<TemporaryFile> file,
                 const std::vector<Piece>& pieces,
                 std::size_t metric_count,
                 std::size_t memory_bytes)
        : file_(std::move(file)) {
        constexpr std::size_t buffer_bytes_min = 4096;
        const std::size_t buffer_bytes = std::max(buffer_bytes_min, memory_bytes / pieces.size());
        for (const Piece& piece : pieces) {
            readers_.emplace_back(*file_, piece, metric_count, buffer_bytes);
        }
        rewind();
    }

    void rewind() override {
        heap_.clear();
        lent_ = nullptr;
        for (PieceReader& reader : readers_) {
            reader.rewind();
            if (!reader.at_end()) {
                heap_.push_back(&reader);
            }
        }
        std::ranges::make_heap(heap_, behind);
    }

    const Record* next() override {
        if (lent_ != nullptr) {
            lent_->advance();
            if (!lent_->at_end()) {
                heap_.push_back(lent_);
                std::ranges::push_heap(heap_, behind);
            }
            lent_ = nullptr;
        }
        if (heap_.empty()) {
            return nullptr;
        }
        std::ranges::pop_heap(heap_, behind);
        lent_ = heap_.back();
        heap_.pop_back();
        return &lent_->record();
    }

 private:
    static bool behind(const PieceReader* left, const PieceReader* right) {
        return comes_before(right->record(), left->record());
    }

    std::unique_ptr<TemporaryFile> file_;
    std::vector<PieceReader> readers_;
    std::vector<PieceReader*> heap_;  // the first record on top
    PieceReader* lent_ = nullptr;     // whose record was given out last
};

// Adds up records of equal keys.
class CombinedRows final : public RowSource {
 public:
    CombinedRows(std::unique_ptr<RecordStream> stream, std::size_t metric_count)
        : stream_(std::move(stream)), values_(metric_count) {
        rewind();
    }

    [[nodiscard]] std::size_t metric_count() const override { return values_.size(); }

    void rewind() override {
        stream_->rewind();
        pending_ = stream_->next();
    }

    const UsageRow* next() override {
        if (pending_ == nullptr) {
            return nullptr;
        }
        subject_.assign(pending_->subject);
        const Slot slot = pending_->slot;
        std::ranges::fill(values_, 0);
        while (pending_ != nullptr && pending_->slot == slot && pending_->subject == subject_) {
            add(pending_->values);
            pending_ = stream_->next();
        }
        row_ = {.subject = subject_, .slot = slot, .values = values_};
        return &row_;
    }

    // The first pass over the rows finds whether every sum fits; later ones need not look.
    [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
    void add(const char* values) {
        for (std::int64_t& value : values_) {
            const std::optional<std::int64_t> sum =
                checked_add(value, number_at<std::int64_t>(values));
            overflowed_ = overflowed_ || !sum.has_value();
            value = sum.value_or(value);
            values += sizeof value;
        }
    }

    std::unique_ptr<RecordStream> stream_;
    const Record* pending_ = nullptr;
    std::string subject_;
    std::vector<std::int64_t> values_;
    UsageRow row_{.subject = {}, .slot = Slot::from_index(0), .values = {}};
    bool overflowed_ = false;
};

}  // namespace

struct RowSorter::State {
    std::size_t metric_count = 0;
    Limits limits;
    std::string bytes;                // gathered records
    std::vector<std::size_t> places;  // where each begins
    std::unique_ptr<TemporaryFile> file;
    std::vector<Piece> pieces;

    [[nodiscard]] std::size_t gathered_bytes() const {
        return bytes.size() + places.size() * sizeof(std::size_t);
    }

    void sort() {
        std::ranges::sort(places, [this](std::size_t left, std::size_t right) {
            return comes_before(record_at(bytes.data() + left, metric_count),
                                record_at(bytes.data() + right, metric_count));
        });
    }

    // Writes what is gathered as one sorted piece.
    Result<void> spill() {
        if (file == nullptr) {
            TIDEMARK_ASSIGN_OR_RETURN(file, TemporaryFile::make(limits.directory));
        }
        sort();
        Piece piece{.begin = file->size(), .end = 0};
        std::string block;
        constexpr std::size_t block_bytes = std::size_t{1} << 20U;
        for (const std::size_t place : places) {
            const Record record = record_at(bytes.data() + place, metric_count);
            block.append(bytes, place, size_of(record, metric_count));
            if (block.size() >= block_bytes) {
                TIDEMARK_RETURN_IF_ERROR(file->append(block));
                block.clear();
            }
        }
        TIDEMARK_RETURN_IF_ERROR(file->append(block));
        piece.end = file->size();
        pieces.push_back(piece);
        bytes.clear();
        places.clear();
        return {};
    }
};

RowSorter::RowSorter(std::size_t metric_count, Limits limits) : state_(std::make_unique<State>()) {
    state_->metric_count = metric_count;
    state_->limits = std::move(limits);
}

RowSorter::RowSorter(RowSorter&&) noexcept = default;
RowSorter::~RowSorter() = default;

Result<void> RowSorter::add(std::string_view subject,
                            Slot slot,
                            std::span<const std::int64_t> values) {
    State& state = *state_;
    TIDEMARK_CHECK(values.size() == state.metric_count);
    state.places.push_back(state.bytes.size());
    append_number(state.bytes, static_cast<std::uint32_t>(subject.size()));
    append_number(state.bytes, slot.index());
    for (const std::int64_t value : values) {
        append_number(state.bytes, value);
    }
    state.bytes += subject;
    // Containers double as they grow, so what is gathered may take twice its size for a moment.
    return state.gathered_bytes() * 2 > state.limits.memory_bytes ? state.spill() : Result<void>();
}

Result<std::unique_ptr<RowSource>> RowSorter::finish() && {
    State& state = *state_;
    std::unique_ptr<RecordStream> stream;
    if (state.pieces.empty()) {
        state.sort();
        stream = std::make_unique<GatheredStream>(
            std::move(state.bytes), std::move(state.places), state.metric_count);
    } else {
        TIDEMARK_RETURN_IF_ERROR(state.spill());
        state.bytes.shrink_to_fit();
        state.places.shrink_to_fit();
        stream = std::make_unique<MergedStream>(
            std::move(state.file), state.pieces, state.metric_count, state.limits.memory_bytes);
    }
    auto rows = std::make_unique<CombinedRows>(std::move(stream), state.metric_count);
    while (const UsageRow* row = rows->next()) {
        if (rows->overflowed()) {
            return Error{ErrorKind::refused,
                         fmt::format("rows of '{}' in slot {}: they add up to more than 64 bits",
                                     row->subject,
                                     row->slot.to_string())};
        }
    }
    rows->rewind();
    return std::unique_ptr<RowSource>(std::move(rows));
}

std::size_t RowSorter::spilled_count() const {
    return state_->pieces.size();
}

}  // namespace tidemark
