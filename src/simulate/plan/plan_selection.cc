#include "simulate/plan/plan_selection.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "toml/toml_reader.h"

namespace tidemark::simulate {

namespace {

std::string text_of(const toml::table& table, std::string_view key) {
    return table[key].value_or(std::string());
}

// Removes the tables of an array for which `unwanted` holds.
template <typename Predicate>
void remove_tables(toml::table& root, std::string_view key, const Predicate& unwanted) {
    toml::array* tables = root[key].as_array();
    if (tables == nullptr) {
        return;
    }
    for (auto place = tables->begin(); place != tables->end();) {
        const toml::table* table = place->as_table();
        place = table != nullptr && unwanted(*table) ? tables->erase(place) : place + 1;
    }
    if (tables->empty()) {
        root.erase(key);
    }
}

template <typename Change>
void change_tables(toml::table& root, std::string_view key, const Change& change) {
    if (toml::array* tables = root[key].as_array(); tables != nullptr) {
        for (toml::node& node : *tables) {
            if (toml::table* table = node.as_table(); table != nullptr) {
                change(*table);
            }
        }
    }
}

Result<void> check_services(const PlanSelection& selection,
                            const std::set<std::string>& known,
                            const std::string& file) {
    const std::vector<std::string_view> names(known.begin(), known.end());
    for (const std::string& service : selection.services) {
        if (!known.contains(service)) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("{}: no writer has service '{}'{}; there are {}",
                            file,
                            service,
                            did_you_mean(service, names),
                            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))};
        }
    }
    return {};
}

void keep_services(toml::table& root, const PlanSelection& selection) {
    std::set<std::string> kept;
    remove_tables(root, "writer", [&](const toml::table& writer) {
        const bool chosen = std::ranges::find(selection.services, text_of(writer, "service")) !=
                            selection.services.end();
        if (chosen) {
            kept.insert(text_of(writer, "name"));
        }
        return !chosen;
    });
    remove_tables(root, "fault", [&](const toml::table& fault) {
        return fault.contains("writer") && !kept.contains(text_of(fault, "writer"));
    });
    change_tables(root, "prefill", [&](toml::table& prefill) {
        if (!kept.contains(text_of(prefill, "ageing_writer"))) {
            prefill.erase("ageing_writer");
            prefill.erase("ageing_rounds");
        }
    });
}

}  // namespace

Result<PlanSource> select_from_plan(PlanSource source, const PlanSelection& selection) {
    if (selection.services.empty() && !selection.runs_per_hour.has_value()) {
        return source;
    }
    TIDEMARK_ASSIGN_OR_RETURN(toml::table root, parse_toml(source.text, source.file));
    std::set<std::string> known;
    change_tables(root, "writer", [&known](toml::table& writer) {
        if (const std::string service = text_of(writer, "service"); !service.empty()) {
            known.insert(service);
        }
    });
    TIDEMARK_RETURN_IF_ERROR(check_services(selection, known, source.file));
    if (!selection.services.empty()) {
        keep_services(root, selection);
    }
    bool changed = false;
    if (selection.runs_per_hour.has_value()) {
        change_tables(root, "writer", [&](toml::table& writer) {
            if (writer.contains("runs_per_hour")) {
                writer.insert_or_assign("runs_per_hour", *selection.runs_per_hour);
                changed = true;
            }
        });
        if (!changed) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("{}: none of these writers has runs_per_hour, so it cannot be "
                                     "set; their own `every` or `cron` says how often they run",
                                     source.file)};
        }
    }
    std::ostringstream text;
    text << "# " << source.base_name();
    if (!selection.services.empty()) {
        text << fmt::format(", services {}", fmt::join(selection.services, ", "));
    }
    if (changed) {
        text << fmt::format(", {:g} runs an hour", *selection.runs_per_hour);
    }
    text << "\n" << toml::toml_formatter(root) << "\n";
    source.text = text.str();
    return source;
}

}  // namespace tidemark::simulate
