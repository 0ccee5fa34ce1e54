#include "cli/generated_truth_json.h"

#include <map>

#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

using Sums = std::map<std::string, GeneratedValues>;

void add_to(GeneratedValues& sum, const GeneratedValues& values) {
    for (std::size_t metric = 0; metric < sum.size(); ++metric) {
        sum[metric] += values[metric];
    }
}

Json metrics_json(GeneratedFormat format, const GeneratedValues& values) {
    Json json = Json::object();
    std::size_t place = 0;
    for (const std::string_view metric : GeneratedTruth::metrics(format)) {
        json[std::string(metric)] = values[place++];
    }
    return json;
}

Json sums_json(GeneratedFormat format, const Sums& sums) {
    Json json = Json::object();
    for (const auto& [name, values] : sums) {
        json[name] = metrics_json(format, values);
    }
    return json;
}

}  // namespace

std::string truth_json(const LogGenerator& generator, const GeneratedTruth& truth) {
    const GeneratedFormat format = generator.options().format;
    Sums by_day;
    Sums by_slot;
    Sums by_subject;
    for (const TruthRow& row : truth.rows(generator.pieces())) {
        add_to(by_day[row.slot.day().to_string()], row.values);
        add_to(by_slot[row.slot.to_string()], row.values);
        add_to(by_subject[row.subject], row.values);
    }
    Json json = {{"lines", truth.lines},
                 {"comments", truth.comments},
                 {"accepted", truth.accepted},
                 {"rejected", truth.rejected},
                 {"ignored", truth.ignored},
                 {"rejected_by_reason", truth.rejected_by_reason},
                 {"ignored_by_rule", truth.ignored_by_reason},
                 {"subjects", by_subject.size()},
                 {"totals", metrics_json(format, truth.totals)},
                 {"by_day", sums_json(format, by_day)},
                 {"by_slot", sums_json(format, by_slot)},
                 {"by_subject", sums_json(format, by_subject)}};
    return json.dump(2) + "\n";
}

}  // namespace tidemark
