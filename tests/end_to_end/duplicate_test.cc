// The same content counts once, whatever it is called, however it is packed and whoever hands it
// over at the same moment; the second is told so.

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/file_ledger.h"
#include "end_to_end/test_store.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

class Duplicates : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store_ = std::make_unique<TestStore>(GetParam());
        ledger_ = std::make_unique<FileLedger>(store_->folder().path(), 500);
    }

    [[nodiscard]] std::vector<std::string> aggregate(const std::string& path) const {
        std::vector<std::string> arguments = ledger_->aggregate_arguments({});
        arguments.insert(arguments.end(), {"--json", path});
        return arguments;
    }

    // What the program says of the one file it was given.
    static nlohmann::json told(const ProcessEnd& end) {
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        const nlohmann::json answer = nlohmann::json::parse(end.output, nullptr, false);
        EXPECT_TRUE(answer.contains("files")) << end.to_string();
        return answer["files"].at(0);
    }

    void expect_all_once() const {
        const ProcessEnd end = store_->run(ledger_->usage_arguments());
        const Result<FileSet> read = FileLedger::files_of(end.output);
        ASSERT_TRUE(read.has_value()) << read.error().message;
        EXPECT_EQ(static_cast<int>(read->size()), ledger_->handed_over());
    }

    void pack(const std::string& script) const {
        ProcessStart start{.command = {"/bin/sh", "-ec", script}};
        start.working_directory = store_->folder().path();
        const ProcessEnd end = run_process(start);
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
    }

    std::unique_ptr<TestStore> store_;
    std::unique_ptr<FileLedger> ledger_;
};

TEST_P(Duplicates, count_once_under_any_name_and_packing) {
    const std::string path = ledger_->path(ledger_->write_file());
    const nlohmann::json first = told(store_->run(aggregate(path)));
    EXPECT_FALSE(first["already_stored"].get<bool>());
    pack(
        "cp access-0.log renamed.txt; gzip -c access-0.log > packed.gz;"
        "zstd -q access-0.log -o packed.zst;"
        "head -n 100 access-0.log | gzip -9 > members.gz;"
        "tail -n +101 access-0.log | gzip -1 >> members.gz");
    const std::filesystem::path folder = store_->folder().path();
    for (const bool folded : {false, true}) {
        for (const std::string name :
             {"access-0.log", "renamed.txt", "packed.gz", "packed.zst", "members.gz"}) {
            SCOPED_TRACE(name + (folded ? ", folded" : ""));
            const nlohmann::json again = told(store_->run(aggregate((folder / name).string())));
            EXPECT_TRUE(again["already_stored"].get<bool>());
            EXPECT_EQ(again["batch_seq"], first["batch_seq"]);
            expect_all_once();
        }
        ASSERT_EQ(store_->run({"compact"}).exit_code, 0);
    }
}

TEST_P(Duplicates, count_once_when_given_twice_in_one_call) {
    std::vector<std::string> arguments = aggregate(ledger_->path(ledger_->write_file()));
    arguments.push_back(arguments.back());
    const ProcessEnd end = store_->run(arguments);
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    const nlohmann::json files = nlohmann::json::parse(end.output)["files"];
    int stored = 0;
    for (const nlohmann::json& file : files) {
        stored += file["already_stored"].get<bool>() ? 0 : 1;
    }
    EXPECT_EQ(stored, 1) << end.output;
    expect_all_once();
}

TEST_P(Duplicates, count_once_when_two_processes_have_it_at_once) {
    ASSERT_EQ(store_->run(aggregate(ledger_->path(ledger_->write_file()))).exit_code, 0);
    for (int round = 0; round < 20; ++round) {
        SCOPED_TRACE(round);
        const std::string path = ledger_->path(ledger_->write_file());
        std::array<Process, 2> both = {Process(store_->start(aggregate(path))),
                                       Process(store_->start(aggregate(path)))};
        int stored = 0;
        std::vector<nlohmann::json> numbers;
        for (Process& process : both) {
            const nlohmann::json file = told(process.finish());
            stored += file["already_stored"].get<bool>() ? 0 : 1;
            numbers.push_back(file["batch_seq"]);
        }
        EXPECT_EQ(stored, 1);
        EXPECT_EQ(numbers[0], numbers[1]);
        expect_all_once();
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         Duplicates,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace tidemark::test
