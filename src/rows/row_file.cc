#include "rows/row_file.h"

#include <array>
#include <cstring>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "logs/byte_source.h"
#include "logs/line_text.h"
#include "rows/row_parser.h"

namespace tidemark {

namespace {

// A stream cut into lines. A line that is too long comes as its beginning, one byte too long.
class RowLines {
 public:
    RowLines(ByteSource& source, std::size_t line_length_max)
        : source_(source), line_length_max_(line_length_max) {}

    // The next line without its end, with 64 readable bytes behind it; false at the end.
    Result<bool> next() {
        line_.clear();
        bool any = false;
        while (true) {
            if (begin_ == end_) {
                TIDEMARK_ASSIGN_OR_RETURN(end_, source_.read(buffer_));
                begin_ = 0;
                if (end_ == 0) {
                    finish_line();
                    return any;
                }
            }
            any = true;
            const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
            const std::size_t newline = rest.find('\n');
            const std::string_view part = rest.substr(0, newline);
            const std::size_t room = line_length_max_ + 1 - line_.size();
            line_.append(part.substr(0, room));
            begin_ += part.size();
            if (newline != std::string_view::npos) {
                ++begin_;
                finish_line();
                return true;
            }
        }
    }

    [[nodiscard]] std::string_view line() const { return {line_.data(), length_}; }
    [[nodiscard]] bool too_long() const { return length_ > line_length_max_; }

 private:
    void finish_line() {
        length_ = without_cr(line_).size();
        line_.append(64, '\0');
    }

    ByteSource& source_;
    std::size_t line_length_max_;
    std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10U);
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::string line_;
    std::size_t length_ = 0;
};

// Reads one file, or what came instead of one.
class RowFileReading {
 public:
    RowFileReading(const std::string& name,
                   std::optional<RowForm> form,
                   const RowReading& reading,
                   const Clock& clock)
        : name_(name),
          form_(form),
          reading_(reading),
          clock_(clock),
          sorter_(reading.dataset.metrics().size(), reading.sorting) {
        if (form == RowForm::json_lines) {
            parser_ = make_json_parser(reading.dataset);
        }
    }

    Result<RowFile> read(ByteSource& source, const ProgressCallback& progress) {
        RowLines lines(source, reading_.line_length_max);
        while (true) {
            TIDEMARK_ASSIGN_OR_RETURN(const bool found, lines.next());
            if (!found) {
                break;
            }
            ++file_.counts.lines;
            TIDEMARK_RETURN_IF_ERROR(take(lines));
            constexpr std::int64_t lines_between_reports = 8192;
            if (progress && file_.counts.lines % lines_between_reports == 0) {
                progress({.bytes_read = source.bytes_read(), .lines = file_.counts.lines});
            }
        }
        if (parser_ == nullptr) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("{}: nothing in it; expected a CSV header or one JSON object "
                                     "a line",
                                     name_)};
        }
        file_.bytes_read = source.bytes_read();
        return finish();
    }

 private:
    Result<void> take(const RowLines& lines) {
        const std::string_view line = lines.line();
        if (line.empty()) {
            ++file_.counts.comments;
            return {};
        }
        if (parser_ == nullptr) {
            TIDEMARK_ASSIGN_OR_RETURN(const bool was_header, choose_parser(line));
            if (was_header) {
                ++file_.counts.comments;
                return {};
            }
        }
        if (lines.too_long()) {
            reject(RejectReason::too_long, line);
            return {};
        }
        return take_row(line);
    }

    Result<bool> choose_parser(std::string_view line) {
        if (line.front() == '{' && !form_.has_value()) {
            parser_ = make_json_parser(reading_.dataset);
            return false;
        }
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (line.starts_with(byte_order_mark)) {
            line.remove_prefix(byte_order_mark.size());
        }
        Result<std::unique_ptr<RowParser>> parser = make_csv_parser(line, reading_.dataset);
        if (!parser.has_value()) {
            return with_context(name_, std::move(parser).error());
        }
        parser_ = std::move(parser).value();
        return true;
    }

    Result<void> take_row(std::string_view line) {
        const std::variant<ParsedRow, RejectReason> parsed = parser_->parse(line);
        if (const RejectReason* reason = std::get_if<RejectReason>(&parsed)) {
            reject(*reason, line);
            return {};
        }
        const ParsedRow& row = std::get<ParsedRow>(parsed);
        if (row.row.slot.begin() > clock_.now() + reading_.future_tolerance) {
            reject(RejectReason::future, line);
            return {};
        }
        if (day_grained_.value_or(row.day_grained) != row.day_grained) {
            reject(RejectReason::bad_time, line);
            return {};
        }
        day_grained_ = row.day_grained;
        ++file_.counts.accepted;
        return sorter_.add(row.row.subject, row.row.slot, row.row.values);
    }

    void reject(RejectReason reason, std::string_view line) {
        ++file_.counts.rejected;
        ++rejected_[static_cast<std::size_t>(reason)];
        if (file_.rejected_samples.size() < reading_.rejected_samples_max) {
            file_.rejected_samples.push_back({.line = file_.counts.lines,
                                              .reason = std::string(to_string(reason)),
                                              .text = sample_of(line)});
        }
    }

    Result<RowFile> finish() {
        for (std::size_t reason = 0; reason < rejected_.size(); ++reason) {
            if (rejected_[reason] > 0) {
                file_.rejected_by_reason.emplace_back(to_string(static_cast<RejectReason>(reason)),
                                                      rejected_[reason]);
            }
        }
        file_.day_grained = day_grained_.value_or(false);
        Result<std::unique_ptr<RowSource>> rows = std::move(sorter_).finish();
        if (!rows.has_value()) {
            return with_context(name_, std::move(rows).error());
        }
        file_.rows = std::move(rows).value();
        file_.content_hash = hash_rows();
        return std::move(file_);
    }

    [[nodiscard]] ContentHash hash_rows() const {
        ContentHasher hasher;
        std::string bytes = fmt::format(
            "rows of {} by {}\n", reading_.dataset.name(), file_.day_grained ? "day" : "slot");
        file_.rows->rewind();
        while (const UsageRow* row = file_.rows->next()) {
            bytes += fmt::format("{} {} ", row->subject.size(), row->slot.index());
            bytes += row->subject;
            for (const std::int64_t value : row->values) {
                bytes += fmt::format(" {}", value);
            }
            bytes += '\n';
            hasher.update(bytes);
            bytes.clear();
        }
        hasher.update(bytes);
        file_.rows->rewind();
        return hasher.finish();
    }

    const std::string& name_;
    const std::optional<RowForm> form_;
    const RowReading& reading_;
    const Clock& clock_;
    RowSorter sorter_;
    std::unique_ptr<RowParser> parser_;
    std::optional<bool> day_grained_;
    std::array<std::int64_t, reject_reason_count> rejected_{};
    RowFile file_;
};

}  // namespace

Result<RowFile> read_rows(ByteSource& source,
                          const std::string& name,
                          std::optional<RowForm> form,
                          const RowReading& reading,
                          const Clock& clock,
                          const ProgressCallback& progress) {
    return RowFileReading(name, form, reading, clock).read(source, progress);
}

Result<RowFile> read_row_file(const std::string& path,
                              const RowReading& reading,
                              const Clock& clock,
                              const ProgressCallback& progress) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::unique_ptr<ByteSource> source,
        open_byte_source(
            path, {.expanded_bytes_max = reading.expanded_bytes_max, .accept_truncated = false}));
    return read_rows(
        *source, fmt::format("file '{}'", path), std::nullopt, reading, clock, progress);
}

}  // namespace tidemark
