#pragma once
// QueryReader: reads the parameters of a request one by one, and names the first that is wrong.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/utc_day.h"
#include "http/message.h"
#include "http/problem.h"
#include "serve/routes.h"

namespace tidemark {

// A parameter that is not there leaves its target as it was. One that is not among those of the
// route must not be read. One thread at a time; borrows what it is given.
class QueryReader {
 public:
    QueryReader(const http::Target& target, std::span<const Parameter> parameters)
        : target_(target), parameters_(parameters) {}
    explicit QueryReader(const Call& call)
        : QueryReader(call.request.head.target, call.route.parameters) {}

    void read(std::string_view name, std::string& value);
    // [min, max]
    void read(std::string_view name, std::int64_t& value, std::int64_t min, std::int64_t max);
    void read(std::string_view name, std::optional<UtcDay>& value);
    // "true" or "false".
    void read(std::string_view name, bool& value);
    // May be repeated, at most `count_max` times.
    void read_all(std::string_view name, std::vector<std::string>& values, std::size_t count_max);
    // Parted by commas.
    void read_list(std::string_view name, std::vector<std::string>& values);

    // Records a fault of a parameter, unless there was one before.
    void refuse(std::string_view name, std::string_view value, std::string detail);

    // The first fault; a parameter that the route does not have is one.
    [[nodiscard]] std::optional<http::Problem> finish();

 private:
    [[nodiscard]] bool is_known(std::string_view name) const;
    const std::string* find(std::string_view name);

    const http::Target& target_;
    std::span<const Parameter> parameters_;
    std::optional<http::Problem> fault_;
};

}  // namespace tidemark
