#pragma once
// Reads one JSON object member by member, and names whatever is wrong with its path.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "sync/sync_time.h"

namespace tidemark {

// The value of a text; fails with invalid_input, naming where, for what is no JSON.
Result<nlohmann::json> parse_json(std::string_view text, std::string_view what);

// Borrows the value. Each read marks its member as known and leaves the target as it is where the
// member is absent or null; finish() tells the first error, as invalid_input.
class JsonObject {
 public:
    // `path` is where the object is in the document ("observed.cdn"), empty for the document.
    JsonObject(const nlohmann::json& value, std::string path);

    // The member, or nullptr where it is absent or null.
    const nlohmann::json* find(std::string_view key);

    // An error where it is absent or null.
    void require(std::string_view key);

    void read(std::string_view key, std::string& target);
    void read(std::string_view key, bool& target);
    void read(std::string_view key, std::int64_t& target);
    void read(std::string_view key, std::chrono::seconds& target);  // "45m"
    void read(std::string_view key, std::chrono::sys_seconds& target);
    void read(std::string_view key, UtcDay& target);
    void read(std::string_view key, std::vector<std::string>& target);
    void read(std::string_view key, std::vector<UtcDay>& target);
    void read(std::string_view key, std::vector<DayRange>& target);   // ["DAY", "DAY"] each
    void read(std::string_view key, std::vector<TimeRange>& target);  // ["FROM", "TO"] each

    template <typename T>
    void read(std::string_view key, std::optional<T>& target) {
        const nlohmann::json* member = find(key);
        if (member != nullptr) {
            T value = initial<T>();
            read(key, value);
            target = std::move(value);
        }
    }

    // Notes that the member is wrong.
    void refuse(std::string_view key, std::string_view words);

    enum class Unknown { refused, ignored };
    [[nodiscard]] Result<void> finish(Unknown unknown = Unknown::refused) const;

    [[nodiscard]] std::string path_of(std::string_view key) const;

 private:
    template <typename T>
    static T initial() {
        if constexpr (std::is_same_v<T, UtcDay>) {
            return UtcDay::from_days_since_epoch(0);
        } else {
            return T();
        }
    }

    // Reads a list whose every element `take` accepts (false: it does not).
    template <typename Take>
    void read_list(std::string_view key, std::string_view expected, Take take);

    const nlohmann::json& value_;
    std::string path_;
    std::vector<std::string> known_;
    std::optional<Error> error_;
};

}  // namespace tidemark
