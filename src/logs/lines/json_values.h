#pragma once
// JsonValues: the values at known paths of a JSON object, found in one pass over it.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

// A path is "user.id": the key `id` of the object under `user`. A key that holds the dots itself
// ("user.id" at the top) is found as well. One thread at a time.
class JsonValues {
 public:
    explicit JsonValues(std::vector<std::string> paths);
    JsonValues(const JsonValues&) = delete;
    JsonValues& operator=(const JsonValues&) = delete;
    ~JsonValues();

    enum class Outcome {
        found,      // the object was read; values that are not in it are empty
        malformed,  // not one JSON object and nothing else
        nul_byte,   // a wanted text holds an escaped NUL, which nothing downstream can keep
    };

    // Puts the value of each path into `texts`, by its place in paths(): a string's content,
    // a number, `true` and `false` as written; empty for null, an array, an object, and for a path
    // that is not there. Of a key that occurs twice the first counts. The texts are borrowed from
    // the line or from here until the next call. Reads up to 64 bytes beyond the line's end.
    //
    // What is wanted is fully checked; of the rest only the structure is (quotes, UTF-8, commas
    // and colons of the objects passed through).
    Outcome read(std::string_view line, std::span<std::string_view> texts);

    [[nodiscard]] const std::vector<std::string>& paths() const;

 private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace tidemark
