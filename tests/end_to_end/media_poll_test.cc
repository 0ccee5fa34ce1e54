// The media worker reads somebody else's library: a second PostgreSQL server, a role that may read
// no column but those that are needed, a source that goes away and comes back.

#include <csignal>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "end_to_end/media_steps.h"
#include "support/eventually.h"
#include "support/source_tree.h"

namespace tidemark::test {
namespace {

// A server of its own, beside that of the stores.
class SecondServer {
 public:
    SecondServer()
        : services_({.command = {(source_directory() / "tools/with_services").string(),
                                 "sh",
                                 "-c",
                                 "echo \"$TIDEMARK_TEST_POSTGRES\"; exec sleep 3600"}}) {
        EXPECT_TRUE(eventually([this] { return services_.output_so_far().ends_with('\n'); },
                               std::chrono::seconds(120)))
            << services_.errors_so_far();
        url_ = services_.output_so_far();
        url_.pop_back();
    }
    SecondServer(const SecondServer&) = delete;
    SecondServer& operator=(const SecondServer&) = delete;
    ~SecondServer() {
        services_.send_signal(SIGTERM);
        (void)services_.finish();
    }

    [[nodiscard]] const std::string& url() const { return url_; }

 private:
    Process services_;
    std::string url_;
};

constexpr const char* schema =
    "CREATE TABLE media (site text, owner_email text, bytes bigint, files bigint,"
    " changed timestamptz);"
    "INSERT INTO media VALUES ('a', 'a@example.org', 100, 4, '2026-11-01 10:00Z'),"
    " ('b', 'b@example.org', 200, NULL, '2026-11-01 11:00Z');"
    "CREATE ROLE reader LOGIN PASSWORD 'secret';"
    "GRANT SELECT (site, bytes, files, changed) ON media TO reader";

constexpr const char* needed =
    "site AS subject, bytes AS bytes_stored, files AS media_count, changed AS observed_at";

class MediaPoll : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (!postgres_server().has_value()) {
            GTEST_SKIP() << reason_to_skip(StoreKind::postgres);
        }
        server_ = std::make_unique<SecondServer>();
        library_ = std::make_unique<ScratchDatabase>(server_->url());
        store_ = std::make_unique<TestStore>(GetParam());
        (void)library_->run(schema);
    }

    void TearDown() override { library_.reset(); }

    [[nodiscard]] std::string configure(const std::string& columns,
                                        const std::string& every) const {
        const std::string url = library_->url();
        return store_->folder().write(
            "library.toml",
            fmt::format("[media.source]\nurl = 'postgresql://reader:secret{}'\nevery = '{}'\n"
                        "query = 'SELECT {} FROM media'\n",
                        url.substr(url.find('@')),
                        every,
                        columns));
    }

    std::unique_ptr<SecondServer> server_;
    std::unique_ptr<ScratchDatabase> library_;
    std::unique_ptr<TestStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         MediaPoll,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(MediaPoll, reads_the_columns_that_its_role_may_read_and_no_others) {
    const std::string good = configure(needed, "*/2 * * * *");
    for (int turn = 0; turn < 2; ++turn) {
        const ProcessEnd end = store_->run({"media", "--poll", "--once", "--config", good});
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
        EXPECT_NE(end.errors.find("3 accepted, 1 rejected (null 1)"), std::string::npos)
            << end.to_string();
        EXPECT_EQ(stored_bytes(*store_), (Bytes{{"a", 100}, {"b", 200}}));
    }
    const ProcessEnd denied =
        store_->run({"media", "--poll", "--once", "--config", configure("*", "30s")});
    EXPECT_EQ(denied.exit_code, 3) << denied.to_string();
    EXPECT_NE(denied.errors.find("permission denied"), std::string::npos) << denied.to_string();
    EXPECT_EQ(denied.errors.find("secret"), std::string::npos) << denied.to_string();
}

TEST_P(MediaPoll, goes_on_when_the_library_is_back) {
    ASSERT_EQ(
        store_->run({"media", "--poll", "--once", "--config", configure(needed, "30s")}).exit_code,
        0);
    (void)library_->run("INSERT INTO media VALUES ('c', '', 300, 1, '2026-11-01 10:00Z')");
    Process worker(store_->start({"media", "--poll", "--config", configure(needed, "50ms")}));
    ASSERT_TRUE(eventually([&] { return stored_bytes(*store_).size() == 3; }))
        << worker.errors_so_far();
    (void)library_->run(
        "UPDATE media SET bytes = 150, changed = '2026-11-01 12:00Z'"
        " WHERE site = 'a'");
    library_->shut();
    EXPECT_TRUE(eventually([&] {
        return worker.errors_so_far().find("media.poll_failed") != std::string::npos;
    })) << worker.errors_so_far();
    library_->open();
    EXPECT_TRUE(eventually([&] {
        return stored_bytes(*store_) == Bytes{{"a", 150}, {"b", 200}, {"c", 300}};
    })) << worker.errors_so_far();
    worker.send_signal(SIGTERM);
    EXPECT_EQ(worker.finish().exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
