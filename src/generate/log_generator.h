#pragma once
// LogGenerator: seeded, realistic log lines at hundreds of megabytes a second.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generate/line_format.h"
#include "generate/line_pieces.h"
#include "generate/options.h"
#include "generate/request.h"
#include "generate/truth.h"

namespace tidemark {

// Takes blocks of whole lines, in order; its error ends the generation.
using LineSink = std::function<Result<void>(std::string_view block)>;

// The same options give the same bytes on every machine, with any number of threads. Immutable;
// may be shared between threads.
class LogGenerator {
 public:
    // Fails with invalid_input, naming the first option that is out of range.
    static Result<std::unique_ptr<LogGenerator>> make(const GenerateOptions& options);

    [[nodiscard]] const GenerateOptions& options() const { return options_; }
    [[nodiscard]] const LinePieces& pieces() const { return *pieces_; }

    // Records to write; lines can be a few more (repeated ones, records split in two, headers).
    [[nodiscard]] std::int64_t record_count() const { return record_count_; }
    // The first record written in the slot, counted from the first day's first one.
    [[nodiscard]] std::int64_t first_record_of(std::int64_t slot) const {
        return shape_->first_line_of(slot);
    }

    // Writes a file of the records [first, end) with its header. `truth` may be nullptr; what the
    // lines hold is added to it.
    Result<void> write(std::int64_t first,
                       std::int64_t end,
                       const LineSink& sink,
                       GeneratedTruth* truth) const;

    // All of it as one file.
    Result<void> write(const LineSink& sink, GeneratedTruth* truth) const {
        return write(0, record_count_, sink, truth);
    }

 private:
    // A run of lines with a random stream of its own, so that threads can render several at once.
    struct Piece {
        std::string text;
        std::vector<CountedLine> counted;  // only when the truth was asked for
        std::vector<std::pair<Flaw, int>> flawed;
        std::int64_t ignored_events = 0;

        // Keeps the memory; render() overwrites the text.
        void clear() {
            counted.clear();
            flawed.clear();
            ignored_events = 0;
        }
    };

    explicit LogGenerator(const GenerateOptions& options);

    void render(std::int64_t first, std::int64_t end, bool with_truth, Piece& piece) const;
    void count(const Request& request, Flaw flaw, int times, Piece& piece) const;
    static void add_to(GeneratedTruth& truth, const Piece& piece);
    Result<void> write_pieces(std::int64_t first,
                              std::int64_t end,
                              const LineSink& sink,
                              GeneratedTruth* truth) const;
    Result<void> write_with_threads(std::int64_t first,
                                    std::int64_t end,
                                    const LineSink& sink,
                                    GeneratedTruth* truth) const;

    GenerateOptions options_;
    std::unique_ptr<LinePieces> pieces_;
    std::unique_ptr<LineFormat> format_;
    std::unique_ptr<RequestSource> requests_;
    std::unique_ptr<DayShape> shape_;
    std::int64_t record_count_ = 0;
};

}  // namespace tidemark
