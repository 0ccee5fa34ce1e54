#include "simulate/run/operation_record.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace tidemark::simulate {
namespace {

TEST(Ledger, gives_back_what_was_appended) {
    const test::TemporaryDirectory folder;
    const std::string path = folder.path() / "w-0.bin";
    const auto ledger = LedgerFile::open(path, true);
    ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
    LedgerTail tail(path);
    ASSERT_TRUE((*ledger)->append({.operation = 3, .transaction_id = 77}).has_value());
    ASSERT_EQ(tail.read_new().size(), 1U);
    ASSERT_TRUE((*ledger)->append({.kind = RecordKind::committed, .operation = 3}).has_value());
    EXPECT_EQ(tail.read_new().size(), 1U);
    const std::vector<OperationRecord> records = read_ledger(path);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].transaction_id, 77U);
    EXPECT_EQ(records[1].kind, RecordKind::committed);
}

TEST(Ledger, cuts_off_a_torn_record_before_it_appends) {
    const test::TemporaryDirectory folder;
    const std::string path = folder.path() / "w-0.bin";
    ASSERT_TRUE((*LedgerFile::open(path, false))->append({.operation = 1}).has_value());
    std::ofstream(path, std::ios::app | std::ios::binary) << "torn";
    EXPECT_EQ(read_ledger(path).size(), 1U);
    ASSERT_TRUE((*LedgerFile::open(path, false))->append({.operation = 2}).has_value());
    const std::vector<OperationRecord> records = read_ledger(path);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[1].operation, 2U);
}

TEST(Ledger, grows_over_its_mappings_and_is_cut_to_its_records) {
    const test::TemporaryDirectory folder;
    const std::string path = folder.path() / "w-0.bin";
    constexpr std::uint32_t count = 2600;
    for (std::uint32_t begin = 0; begin < count; begin += count / 2) {
        const auto ledger = LedgerFile::open(path, false);
        for (std::uint32_t place = begin; place < begin + count / 2; ++place) {
            ASSERT_TRUE((*ledger)->append({.operation = place}).has_value());
        }
        // As a killed writer leaves it: with room behind the last record.
        EXPECT_EQ(read_ledger(path).size(), begin + count / 2);
    }
    EXPECT_EQ(std::filesystem::file_size(path), count * sizeof(OperationRecord));
    const std::vector<OperationRecord> records = read_ledger(path);
    for (std::uint32_t place = 0; place < count; ++place) {
        ASSERT_EQ(records[place].operation, place);
    }
}

TEST(Ledger, has_no_record_more_where_room_was_made_ahead) {
    const test::TemporaryDirectory folder;
    const std::string path = folder.path() / "w-0.bin";
    constexpr std::uint32_t count = 2600;
    {
        const auto ledger = LedgerFile::open(path, false);
        for (std::uint32_t place = 0; place < count; ++place) {
            (*ledger)->make_room();
            ASSERT_FALSE((*ledger)->wants_room());
            ASSERT_TRUE((*ledger)->append({.operation = place}).has_value());
        }
        EXPECT_EQ(read_ledger(path).size(), count);
    }
    const std::vector<OperationRecord> records = read_ledger(path);
    ASSERT_EQ(records.size(), count);
    for (std::uint32_t place = 0; place < count; ++place) {
        ASSERT_EQ(records[place].operation, place);
    }
}

TEST(Ledger, of_a_writer_that_never_began_is_empty) {
    EXPECT_TRUE(read_ledger("no/such/file").empty());
    EXPECT_FALSE(LedgerFile::open("no/such/file", true).has_value());
}

}  // namespace
}  // namespace tidemark::simulate
