#include "logs/log_reader.h"

#include <utility>

#include <fmt/format.h>

#include "logs/byte_source.h"
#include "logs/count_rules.h"
#include "logs/file_reading.h"

namespace tidemark {

namespace {

constexpr int threads_max = 256;
constexpr std::size_t line_length_limit = std::size_t{64} << 20U;

class FileLogReader final : public LogReader {
 public:
    FileLogReader(Reading reading, CountRules rules, LogReaderParts parts, const Clock& clock)
        : reading_(std::move(reading)),
          rules_(std::move(rules)),
          parts_(std::move(parts)),
          clock_(clock) {}

    [[nodiscard]] Result<Aggregation> read(const std::string& path,
                                           const ProgressCallback& progress) const override {
        const UnpackingLimits limits{.expanded_bytes_max = reading_.expanded_bytes_max,
                                     .accept_truncated = reading_.accept_truncated};
        TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                                  open_byte_source(path, limits));
        return read_named(path == "-" ? "standard input" : path, std::move(source), progress);
    }

    [[nodiscard]] Result<Aggregation> read_source(std::unique_ptr<ByteSource> source,
                                                  const ProgressCallback& progress) const override {
        return read_named("", std::move(source), progress);
    }

 private:
    [[nodiscard]] Result<Aggregation> read_named(std::string name,
                                                 std::unique_ptr<ByteSource> source,
                                                 const ProgressCallback& progress) const {
        FileReading file({.reading = reading_,
                          .count_rules = rules_,
                          .parser = *parts_.parser,
                          .finder = *parts_.finder,
                          .clock = clock_,
                          .block_bytes = parts_.block_bytes,
                          .name = std::move(name)},
                         std::move(source),
                         progress);
        return file.run();
    }

    const Reading reading_;
    const CountRules rules_;
    const LogReaderParts parts_;
    const Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<LogReader>> make_log_reader(Reading reading,
                                                   LogReaderParts parts,
                                                   const Clock& clock) {
    if (reading.threads < 1 || reading.threads > threads_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{} threads: expected 1 to {}", reading.threads, threads_max)};
    }
    if (reading.line_length_max < 1 || reading.line_length_max > line_length_limit) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("a line length of {} bytes: expected 1 to {}",
                                 reading.line_length_max,
                                 line_length_limit)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(CountRules rules, CountRules::make(reading));
    return std::unique_ptr<LogReader>(
        new FileLogReader(std::move(reading), std::move(rules), std::move(parts), clock));
}

}  // namespace tidemark
