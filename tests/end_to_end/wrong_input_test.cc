// Wrong inputs: one clear line on standard error that says what to do, the documented exit code,
// and nothing changed.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <regex>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "end_to_end/file_ledger.h"
#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

constexpr int failed = 1;
constexpr int wrong_usage = 2;
constexpr int refused = 3;

using Arguments = std::vector<std::string>;

// `aggregate` on the feed of the ledger's files, whose options a case adds to.
Arguments aggregate(Arguments more) {
    Arguments arguments = {"aggregate", "--feed", "edge"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

Arguments reading(Arguments more) {
    Arguments arguments = {"--format", "combined", "--subject", "path:1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return aggregate(arguments);
}

Arguments usage(Arguments more) {
    Arguments arguments = {"usage", "--dataset", "cdn"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

Arguments batch_of(Arguments more) {
    Arguments arguments = {"batch", "--dataset", "cdn", "--feed", "history"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

struct WrongInput {
    const char* name;
    Arguments arguments;
    int exit_code;
    const char* errors;  // a pattern that standard error contains
};

std::ostream& operator<<(std::ostream& stream, const WrongInput& input) {
    return stream << input.name;
}

// Files named here are made by write_inputs().
const WrongInput wrong_inputs[] = {
    {"no_command", {}, wrong_usage, "subcommand"},
    {"unknown_command", {"agregate"}, wrong_usage, "agregate.*did you mean 'aggregate'"},
    {"unknown_option", usage({"--form", "2024-03-01"}), wrong_usage, "--form"},
    {"no_file", reading({}), wrong_usage, "FILE"},
    {"missing_file", reading({"gone.log"}), failed, "gone\\.log.*[Nn]o such file"},
    {"empty_folder", reading({"empty"}), failed, "empty"},
    {"unknown_format",
     aggregate({"--format", "combind", "--subject", "path:1", "new.log"}),
     wrong_usage,
     "combind.*did you mean 'combined'"},
    {"no_subject_rule", aggregate({"--format", "combined", "new.log"}), wrong_usage, "--subject"},
    {"unknown_subject_rule",
     aggregate({"--format", "combined", "--subject", "pth:1", "new.log"}),
     wrong_usage,
     "pth"},
    {"subject_rule_without_number",
     aggregate({"--format", "combined", "--subject", "path:x", "new.log"}),
     wrong_usage,
     "path:x"},
    {"pattern_that_is_none",
     aggregate({"--format", "combined", "--subject", "pattern:(", "new.log"}),
     wrong_usage,
     "\\("},
    {"pattern_without_capture",
     aggregate({"--format", "combined", "--subject", "pattern:abc", "new.log"}),
     wrong_usage,
     "captur"},
    {"unknown_feed", {"aggregate", "--feed", "fastli", "new.log"}, wrong_usage, "fastli"},
    {"unknown_dataset_to_store",
     reading({"--dataset", "cnd", "new.log"}),
     wrong_usage,
     "cnd.*did you mean 'cdn'"},
    {"unknown_field_role",
     reading({"--field", "bites=x", "new.log"}),
     wrong_usage,
     "bites.*did you mean 'bytes'"},
    {"unknown_zone",
     aggregate({"--format", "w3c", "--subject", "path:1", "--tz", "Europe/Nowhere", "new.log"}),
     wrong_usage,
     "Nowhere"},
    {"covers_no_day", reading({"--covers", "2024-02-30", "new.log"}), wrong_usage, "2024-02-30"},
    {"covers_backwards",
     reading({"--covers", "2024-03-02/2024-03-01", "new.log"}),
     wrong_usage,
     "2024-03-0"},
    {"covers_off_the_half_hour",
     reading({"--covers", "2024-03-01T00:10Z/2024-03-02", "new.log"}),
     wrong_usage,
     "00:10"},
    {"share_above_all", reading({"--max-rejected", "120%", "new.log"}), wrong_usage, "120"},
    {"no_threads", reading({"--threads", "0", "new.log"}), wrong_usage, "threads"},
    {"too_much_rejected",
     reading({"--max-rejected", "5%", "spoilt.log"}),
     refused,
     "spoilt\\.log.*reject.*nothing of it is stored"},
    {"too_many_days",
     reading({"days.log"}),
     wrong_usage,
     "days\\.log: has lines of more than 400 different days"},
    {"sum_beyond_64_bits",
     reading({"sum.log"}),
     refused,
     "sum\\.log: the sum of subject 'a' in slot"},
    {"gzip_cut_off", reading({"cut.gz"}), wrong_usage, "cut\\.gz"},
    {"gzip_damaged", reading({"damaged.gz"}), wrong_usage, "damaged\\.gz"},
    {"unknown_key",
     {"aggregate", "--config", "unknown_key.toml", "--feed", "edge", "new.log"},
     wrong_usage,
     "unknown_key\\.toml:5.*missing_subjct.*did you mean 'missing_subject'"},
    {"broken_toml",
     {"aggregate", "--config", "broken.toml", "--feed", "edge", "new.log"},
     wrong_usage,
     "broken\\.toml"},
    {"missing_configuration", {"compact", "--config", "gone.toml"}, failed, "gone\\.toml"},
    {"no_such_day",
     usage({"--from", "2024-02-30", "--to", "2024-03-01"}),
     wrong_usage,
     "--from.*2024-02-30"},
    {"backward_range",
     usage({"--from", "2024-03-02", "--to", "2024-03-01"}),
     wrong_usage,
     "2024-03-0"},
    {"unknown_period", usage({"--by", "dya"}), wrong_usage, "dya.*did you mean 'day'"},
    {"unknown_output", usage({"--format", "jsn"}), wrong_usage, "jsn.*did you mean 'json'"},
    {"unknown_dataset_to_read",
     {"usage", "--dataset", "pong"},
     wrong_usage,
     "pong.*did you mean 'ping'"},
    {"negative_top", usage({"--top", "-1"}), wrong_usage, "top"},
    {"unknown_metric", usage({"--top", "3", "--metric", "bytes"}), wrong_usage, "bytes"},
    {"unknown_dataset_to_fold", {"compact", "--dataset", "cdx"}, wrong_usage, "cdx"},
    {"batch_without_key",
     {"batch", "--dataset", "cdn", "--feed", "f", "rows.csv"},
     wrong_usage,
     "--key"},
    {"batch_of_no_key", batch_of({"--key", "", "rows.csv"}), wrong_usage, "--key.*empty"},
    {"batch_in_unknown_dataset",
     {"batch", "--dataset", "cnd", "--feed", "f", "--key", "k", "rows.csv"},
     wrong_usage,
     "cnd.*did you mean 'cdn'"},
    {"batch_in_gauge",
     {"batch", "--dataset", "media_storage", "--feed", "f", "--key", "k", "gauge.csv"},
     failed,
     "media_storage.*gauge"},
    {"batch_of_missing_file", batch_of({"--key", "k", "gone.csv"}), failed, "gone\\.csv"},
    {"batch_of_a_folder", batch_of({"--key", "k", "empty"}), failed, "empty"},
    {"batch_of_nothing", batch_of({"--key", "k", "nothing.csv"}), wrong_usage, "nothing in it"},
    {"batch_of_log_lines", batch_of({"--key", "k", "new.log"}), wrong_usage, "new\\.log.*header"},
    {"batch_with_unknown_column",
     batch_of({"--key", "k", "column.csv"}),
     wrong_usage,
     "requets.*did you mean 'requests'"},
    {"batch_with_negative_values",
     batch_of({"--key", "k", "negative.csv"}),
     refused,
     "negative\\.csv:2: bad_value[^]*1 of 1 rows are rejected"},
    {"batch_with_no_share",
     batch_of({"--key", "k", "--max-rejected", "120%", "rows.csv"}),
     wrong_usage,
     "120"},
    {"replace_without_reason", {"replace", "cdn:1", "rows.csv"}, wrong_usage, "--reason"},
    {"replace_of_unknown_batch",
     {"replace", "cdn:99", "rows.csv", "--reason", "x"},
     failed,
     "no committed batch 99"},
    {"replace_by_lines_of_unknown_feed",
     {"replace", "cdn:1", "new.log", "--lines", "--reason", "x"},
     wrong_usage,
     "feed 'edge'"},
    {"replay_for_no_batch", {"rejected", "--replay", "rows.csv"}, wrong_usage, "--batch"},
    {"replay_for_unknown_batch",
     {"rejected", "--batch", "cdn:99", "--replay", "rows.csv"},
     failed,
     "no committed batch 99"},
    {"erase_of_nobody", {"erase", "", "--reason", "x"}, wrong_usage, "empty"},
    {"erase_without_reason", {"erase", "site_1"}, wrong_usage, "--reason"},
    {"erase_for_a_reason_that_names_it",
     {"erase", "site_1", "--reason", "site_1 left"},
     wrong_usage,
     "reason names the subject"},
    {"erase_in_unknown_dataset",
     {"erase", "site_1", "--dataset", "cnd", "--reason", "x"},
     wrong_usage,
     "cnd.*did you mean 'cdn'"},
    {"migrate_of_no_database", {"migrate", "--store", "sqlite:new.log"}, failed, "new\\.log"},
    {"copy_from_nowhere",
     {"copy", "--from", "sqlite:gone.db", "--to", "postgresql://127.0.0.1:1/x"},
     failed,
     "gone\\.db.*no such file"},
    {"copy_the_wrong_way",
     {"copy", "--from", "postgresql://127.0.0.1:1/x", "--to", "sqlite:new.db"},
     wrong_usage,
     "--from.*sqlite:PATH"},
    {"copy_into_a_file",
     {"copy", "--from", "sqlite:usage.db", "--to", "sqlite:new.db"},
     wrong_usage,
     "--to.*postgresql"},
    {"copy_to_nobody",
     {"copy", "--from", "sqlite:usage.db", "--to", "postgresql://127.0.0.1:1/x"},
     failed,
     "127\\.0\\.0\\.1"},
    {"void_without_reason", {"void", "cdn:1"}, wrong_usage, "--reason"},
    {"void_for_no_reason", {"void", "cdn:1", "--reason", " "}, wrong_usage, "reason: empty"},
    {"void_of_no_batch_name",
     {"void", "1", "--reason", "x"},
     wrong_usage,
     "'1'.*DATASET:NUMBER.*cdn:812"},
    {"void_of_unknown_batch", {"void", "cdn:99", "--reason", "x"}, failed, "no committed batch 99"},
    {"void_in_unknown_dataset",
     {"void", "cnd:1", "--reason", "x"},
     wrong_usage,
     "cnd.*did you mean 'cdn'"},
    {"runs_of_no_day", {"runs", "--day", "2024-02-30"}, wrong_usage, "--day.*2024-02-30"},
    {"no_runs", {"runs", "--limit", "0"}, wrong_usage, "--limit"},
    {"batches_of_unknown_dataset",
     {"batches", "--dataset", "cnd"},
     wrong_usage,
     "cnd.*did you mean 'cdn'"},
    {"batches_of_no_day", {"batches", "--day", "yesterday"}, wrong_usage, "--day.*yesterday"},
    {"rejected_of_no_batch_name",
     {"rejected", "--batch", "cdn"},
     wrong_usage,
     "'cdn'.*DATASET:NUMBER"},
    {"rejected_of_unknown_batch", {"rejected", "--batch", "cdn:99"}, failed, "99"},
    {"unknown_store", {"usage", "--store", "mysql://localhost/x"}, wrong_usage, "mysql"},
    {"no_database_file", {"usage", "--store", "sqlite:gone.db"}, failed, "gone\\.db.*no such file"},
    {"not_a_database", {"usage", "--store", "sqlite:new.log"}, failed, "new\\.log"},
    {"nobody_listens",
     {"usage", "--store", "postgresql://127.0.0.1:1/x"},
     failed,
     "127\\.0\\.0\\.1.*1"},
};

// A store with one file in it, whose usage must be the same after what is tried.
class Unchanged {
 public:
    explicit Unchanged(StoreKind kind) : store(kind), ledger(store.folder().path(), 200) {
        const ProcessEnd end = store.run(ledger.aggregate_arguments({ledger.write_file()}));
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        before_ = everything();
        EXPECT_NE(before_.find("bytes_streamed"), std::string::npos) << before_;
    }

    // Exit code, pattern, and that nothing changed.
    void expect(const ProcessEnd& end, int exit_code, const std::string& errors) const {
        EXPECT_EQ(end.exit_code, exit_code) << end.to_string();
        EXPECT_TRUE(std::regex_search(end.errors, std::regex(errors)))
            << "expected " << errors << "\n"
            << end.to_string();
        EXPECT_EQ(end.output, "");
        EXPECT_TRUE(everything() == before_) << "usage is another than before";
    }

    TestStore store;
    FileLedger ledger;

 private:
    [[nodiscard]] std::string everything() const {
        Arguments arguments = {"usage", "--dataset", "cdn", "--by", "slot", "--top", "100000"};
        arguments.insert(arguments.end(), FileLedger::days().begin(), FileLedger::days().end());
        return store.run(arguments).output;
    }

    std::string before_;
};

void write_inputs(const Unchanged& unchanged) {
    const TemporaryDirectory& folder = unchanged.store.folder();
    const std::string good = read_file(unchanged.ledger.path(0));
    std::filesystem::create_directory(folder.path() / "empty");
    std::ignore = folder.write("new.log", good + good);
    std::string spoilt = good;
    for (int i = 0; i < 50; ++i) {
        spoilt += "spoilt\n";
    }
    std::ignore = folder.write("spoilt.log", spoilt);
    const auto line = [](int year, int day, const std::string& bytes) {
        return fmt::format("1.2.3.4 - - [{:02}/Jan/{}:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 {}\n",
                           day,
                           year,
                           bytes);
    };
    std::string days;
    for (int count = 0; count < 420; ++count) {
        days += line(2000 + count / 28, 1 + count % 28, "5");
    }
    std::ignore = folder.write("days.log", days);
    std::ignore =
        folder.write("sum.log", line(2024, 1, "9223372036854775807") + line(2024, 1, "5"));
    std::ignore = folder.write("unknown_key.toml",
                               "[feed.edge]\ndataset = \"cdn\"\nformat = \"combined\"\n"
                               "subject = \"path:1\"\nmissing_subjct = \"/\"\n");
    std::ignore = folder.write("broken.toml", "[feed.edge\n");
    const std::string header = "site_id,date,bytes_streamed,requests\n";
    std::ignore = folder.write("rows.csv", header + "a,2024-03-01,5,1\n");
    std::ignore = folder.write("negative.csv", header + "a,2024-03-01,-5,1\n");
    std::ignore = folder.write("column.csv", "site_id,date,bytes_streamed,requets\n");
    std::ignore = folder.write("nothing.csv", "");
    std::ignore =
        folder.write("gauge.csv", "site_id,date,bytes_stored,media_count\na,2024-03-01,5,1\n");
    ProcessStart pack{.command = {"/bin/sh",
                                  "-ec",
                                  "gzip -c new.log > whole.gz; head -c 700 whole.gz > cut.gz;"
                                  "head -c 300 whole.gz > damaged.gz; printf 'xxxxxxxxxxxx' >> "
                                  "damaged.gz; tail -c +313 whole.gz >> damaged.gz"}};
    pack.working_directory = folder.path().string();
    EXPECT_EQ(run_process(pack).exit_code, 0);
}

class WrongInputs : public testing::TestWithParam<WrongInput> {};

TEST_P(WrongInputs, are_explained_and_change_nothing) {
    const Unchanged unchanged(StoreKind::sqlite);
    write_inputs(unchanged);
    const ProcessEnd end = unchanged.store.run(GetParam().arguments);
    unchanged.expect(end, GetParam().exit_code, GetParam().errors);
}

INSTANTIATE_TEST_SUITE_P(Cases, WrongInputs, testing::ValuesIn(wrong_inputs), [](const auto& test) {
    return std::string(test.param.name);
});

// The user `nobody` of every Linux.
constexpr unsigned int unprivileged_user = 65534;

TEST(WrongSurroundings, file_that_may_not_be_read) {
    const Unchanged unchanged(StoreKind::sqlite);
    const TemporaryDirectory& folder = unchanged.store.folder();
    const std::string path = folder.write("secret.log", "x\n");
    ASSERT_EQ(::chmod(path.c_str(), 0), 0);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
    ProcessStart start = unchanged.store.start(reading({"secret.log"}));
    if (::geteuid() == 0) {  // root may read everything
        start.user_id = unprivileged_user;
        start.environment = {{"TIDEMARK_STORE", "sqlite:other.db"}};
    }
    const ProcessEnd end = run_process(start);
    if (end.exit_code == 127) {
        GTEST_SKIP() << "another user may not start the program from where it lies";
    }
    unchanged.expect(end, failed, "secret\\.log.*[Pp]ermission denied");
}

// A small file system of its own, if this process may mount one.
class SmallDisk {
 public:
    explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {
        std::filesystem::create_directory(path_);
        mounted_ = ::mount("tidemark-test", path_.c_str(), "tmpfs", 0, "size=4m") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) {
            ::umount2(path_.c_str(), MNT_DETACH);
        }
    }
    [[nodiscard]] bool mounted() const { return mounted_; }
    // Takes the last byte of room.
    void fill() const {
        std::ofstream filler(path_ / "filler", std::ios::binary);
        const std::string block(4096, 'x');
        while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    }
    void empty() const { std::filesystem::remove(path_ / "filler"); }

 private:
    std::filesystem::path path_;
    bool mounted_;
};

TEST(WrongSurroundings, full_disk) {
    const Unchanged unchanged(StoreKind::sqlite);
    const std::filesystem::path folder = unchanged.store.folder().path();
    const SmallDisk disk(folder / "disk");
    if (!disk.mounted()) {
        GTEST_SKIP() << "this user may not mount a small file system to fill";
    }
    FileLedger ledger(folder, 4000);
    ProcessStart start = unchanged.store.start(ledger.aggregate_arguments({ledger.write_file()}));
    start.environment = {{"TIDEMARK_STORE", "sqlite:disk/usage.db"}};
    ASSERT_EQ(run_process(start).exit_code, 0);
    disk.fill();
    start.command =
        unchanged.store.start(ledger.aggregate_arguments({ledger.write_file()})).command;
    unchanged.expect(run_process(start), failed, "full");
    // With room again, what was there can be read, and nothing of the file that failed.
    disk.empty();
    start.command = unchanged.store.start(ledger.usage_arguments()).command;
    const ProcessEnd read = run_process(start);
    const Result<FileSet> files = FileLedger::files_of(read.output);
    ASSERT_TRUE(files.has_value()) << files.error().message;
    EXPECT_EQ(to_string(*files), " 0");
}

TEST(WrongServer, schema_from_the_future) {
    if (const std::string reason = reason_to_skip(StoreKind::postgres); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    const TestStore store(StoreKind::postgres);
    FileLedger ledger(store.folder().path(), 10);
    ASSERT_EQ(store.run(ledger.aggregate_arguments({ledger.write_file()})).exit_code, 0);
    std::ignore =
        store.database().run("INSERT INTO schema_migration (number, name) VALUES (9999, 'later')");
    for (const Arguments& arguments :
         {Arguments{"compact"}, ledger.usage_arguments(), ledger.aggregate_arguments({0})}) {
        const ProcessEnd end = store.run(arguments);
        EXPECT_EQ(end.exit_code, refused) << end.to_string();
        EXPECT_TRUE(std::regex_search(end.errors, std::regex("newer|9999"))) << end.to_string();
    }
}

TEST(WrongServer, connection_that_dies_in_mid_batch) {
    if (const std::string reason = reason_to_skip(StoreKind::postgres); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    const Unchanged unchanged(StoreKind::postgres);
    // The registry row of the batch is held up, so that the batch is cut off before its commit.
    std::ignore = unchanged.store.database().run(
        "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.state = 'committed' THEN PERFORM pg_sleep(600); END IF; RETURN NEW; END "
        "$$;"
        "CREATE TRIGGER hold BEFORE UPDATE ON batch_registry FOR EACH ROW EXECUTE FUNCTION hold()");
    FileLedger big(unchanged.store.folder().path(), 3000);
    std::ignore = big.write_file();
    Process process(unchanged.store.start(big.aggregate_arguments({big.write_file()})));
    const std::string cut_off =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
        "current_database() AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (unchanged.store.database().run(cut_off) == "0") {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        ASSERT_FALSE(process.wait(std::chrono::milliseconds(5))) << process.finish().to_string();
    }
    // Once cut off, it may try again; then it is held up again, and cut off again.
    while (!process.wait(std::chrono::milliseconds(20))) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        std::ignore = unchanged.store.database().run(cut_off);
    }
    unchanged.expect(process.finish(), failed, "connection|terminat");
    std::ignore = unchanged.store.database().run("DROP TRIGGER hold ON batch_registry");
    EXPECT_EQ(unchanged.store.run(big.aggregate_arguments({1})).exit_code, 0);
}

TEST(Help, is_there_for_every_command) {
    const TestStore store(StoreKind::sqlite);
    for (const char* command : {"aggregate",
                                "compact",
                                "usage",
                                "generate",
                                "demo",
                                "config",
                                "runs",
                                "batches",
                                "rejected",
                                "void"}) {
        const ProcessEnd end = store.run({command, "--help"});
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        EXPECT_NE(end.output.find("Usage:"), std::string::npos) << command;
        EXPECT_NE(end.output.find("tidemark " + std::string(command)), std::string::npos)
            << command << " has no example";
    }
    EXPECT_EQ(store.run({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
