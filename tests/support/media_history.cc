#include "support/media_history.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

namespace tidemark::test {

namespace {

struct Change {
    std::int64_t epoch_s = 0;
    std::string operation;
    std::string site;
    std::string path;
    std::int64_t bytes = 0;
};

std::vector<Change> changes_of(const std::string& history) {
    std::vector<Change> changes;
    std::istringstream lines(history);
    std::string line;
    std::getline(lines, line);  // the header
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        std::string epoch, operation, site, path, blob, bytes;
        for (std::string* field : {&epoch, &operation, &site, &path, &blob, &bytes}) {
            std::getline(fields, *field, '\t');
        }
        changes.push_back(
            {std::stoll(epoch), operation, site, path, bytes == "-" ? 0 : std::stoll(bytes)});
    }
    std::ranges::stable_sort(changes, {}, &Change::epoch_s);
    return changes;
}

}  // namespace

std::vector<SiteState> states_of(const std::string& history) {
    const std::vector<Change> changes = changes_of(history);
    std::map<std::string, std::pair<std::string, std::int64_t>> files;
    std::vector<SiteState> states;
    for (std::size_t begin = 0; begin < changes.size();) {
        std::set<std::string> touched;
        std::size_t end = begin;
        for (; end < changes.size() && changes[end].epoch_s == changes[begin].epoch_s; ++end) {
            const Change& change = changes[end];
            if (const auto known = files.find(change.path); known != files.end()) {
                touched.insert(known->second.first);
            }
            touched.insert(change.site);
            if (change.operation == "D") {
                files.erase(change.path);
            } else {
                files[change.path] = {change.site, change.bytes};
            }
        }
        for (const std::string& site : touched) {
            SiteState state{.site = site, .epoch_s = changes[begin].epoch_s};
            for (const auto& [path, file] : files) {
                if (file.first == site) {
                    state.bytes += file.second;
                    ++state.media;
                }
            }
            states.push_back(std::move(state));
        }
        begin = end;
    }
    return states;
}

}  // namespace tidemark::test
