#include "end_to_end/reader.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tidemark::test {

void Reader::read_on() {
    while (!stop_ && !failed_) {
        if (const std::string wrong = read_once(); !wrong.empty()) {
            failed_ = true;
            ADD_FAILURE() << "a reader: " << wrong;
        }
        ++read_count_;
    }
}

std::string Reader::read_once() {
    const FileSet before = ledger_.acknowledged();
    const ProcessEnd end = store_.run(ledger_.usage_arguments());
    if (end.exit_code != 0) {
        return end.to_string();
    }
    const Result<FileSet> read = FileLedger::files_of(end.output);
    if (!read.has_value()) {
        return read.error().message;
    }
    if (!std::ranges::includes(*read, before)) {
        return "lacks an acknowledged file: read" + to_string(*read) + ", acknowledged" +
               to_string(before);
    }
    if (!std::ranges::includes(*read, seen_)) {
        return "lacks a file that was there: read" + to_string(*read) + ", before" +
               to_string(seen_);
    }
    if (!read->empty() && *read->rbegin() >= ledger_.handed_over()) {
        return "has a file that was never handed over: " + to_string(*read);
    }
    seen_ = *read;
    return "";
}

}  // namespace tidemark::test
