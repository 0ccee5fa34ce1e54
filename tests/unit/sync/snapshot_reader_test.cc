#include "sync/snapshot_reader.h"

#include <functional>

#include <gtest/gtest.h>

#include "sync/published_snapshot.h"

namespace tidemark::test {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds noon = parse_instant("2026-03-10T12:00:00Z").value();

PublishedSnapshot published(std::int64_t epoch, std::int64_t seq) {
    PublishedSnapshot made{.snapshot = {.now = noon, .datasets = {}, .overall = {}},
                           .fence = {.generation = 1, .epoch = epoch, .seq = seq},
                           .worker = "host:1",
                           .period = std::chrono::milliseconds(1)};
    made.snapshot.overall.synced_through = noon - seconds(1800);
    return made;
}

// A place that answers what the test puts there.
class FakePlace final : public MetadataSetter {
 public:
    [[nodiscard]] std::string name() const override { return "fake"; }
    Result<Publication> publish(const PublishedSnapshot& /*snapshot*/,
                                std::span<const SnapshotChange> /*changes*/) override {
        return Publication::published;
    }
    Result<std::optional<LoadedSnapshot>> load() override {
        ++reads;
        return answer;
    }

    Result<std::optional<LoadedSnapshot>> answer = std::optional<LoadedSnapshot>();
    int reads = 0;
};

class Reader : public testing::Test {
 protected:
    SnapshotReader make() {
        return {{&first, nullptr, &second},
                [this]() -> Result<Snapshot> {
                    while_computing();
                    return ledger;
                },
                [] { return noon + seconds(40); }};
    }
    static std::optional<LoadedSnapshot> loaded(std::int64_t epoch,
                                                std::int64_t seq,
                                                std::optional<bool> alive = {}) {
        return LoadedSnapshot{.published = published(epoch, seq), .alive = alive};
    }

    FakePlace first;
    FakePlace second;
    std::function<void()> while_computing = [] {};
    Result<Snapshot> ledger = Error{ErrorKind::unavailable, "no database"};
};

TEST_F(Reader, goes_to_the_first_place_that_has_a_snapshot) {
    first.answer = loaded(1, 1, true);
    const KnownProgress known = make().read();
    ASSERT_TRUE(known.snapshot.has_value());
    EXPECT_EQ(known.origin, "fake");
    EXPECT_EQ(known.age, seconds(40));
    EXPECT_FALSE(known.stale);
    EXPECT_EQ(second.reads, 0);
}

TEST_F(Reader, goes_on_to_the_next_where_a_checksum_is_wrong_and_says_so) {
    first.answer = Error{ErrorKind::corrupt, "its checksum is wrong"};
    second.answer = loaded(1, 1);
    const KnownProgress known = make().read();
    EXPECT_TRUE(known.snapshot.has_value());
    EXPECT_NE(known.warning.find("checksum"), std::string::npos);
    EXPECT_TRUE(known.stale) << "40 s old, published every millisecond";
}

TEST_F(Reader, computes_from_the_ledger_where_nothing_is_published) {
    Snapshot computed{.now = noon, .datasets = {}, .overall = {}};
    ledger = computed;
    const KnownProgress known = make().read();
    EXPECT_EQ(known.origin, "ledger");
    EXPECT_EQ(known.snapshot, computed);
}

// The ledger may be ahead of what the worker that published it had read.
TEST_F(Reader, goes_by_what_is_published_while_the_ledger_is_read) {
    ledger = Snapshot{.now = noon, .datasets = {}, .overall = {}};
    while_computing = [this] { second.answer = loaded(1, 1); };
    const KnownProgress known = make().read();
    EXPECT_EQ(known.origin, "fake");
    EXPECT_EQ(known.warning, "fake: nothing is published");
}

TEST_F(Reader, knows_nothing_where_nobody_answers) {
    const KnownProgress known = make().read();
    EXPECT_FALSE(known.snapshot.has_value());
    EXPECT_EQ(known.age, std::nullopt);
    EXPECT_EQ(known.origin, "none");
    EXPECT_NE(known.warning.find("no database"), std::string::npos);
}

TEST_F(Reader, does_not_ask_again_within_a_period) {
    first.answer = loaded(1, 1, true);
    first.answer.value()->published.period = std::chrono::hours(1);
    SnapshotReader reader = make();
    (void)reader.read();
    (void)reader.read();
    EXPECT_EQ(first.reads, 1);
}

TEST_F(Reader, does_not_believe_what_is_older_than_what_it_read_before) {
    first.answer = loaded(2, 5, true);
    first.answer.value()->published.period = std::chrono::milliseconds(0);
    SnapshotReader reader = make();
    EXPECT_EQ(reader.read().fence.seq, 5);
    first.answer = loaded(2, 4, true);
    EXPECT_EQ(reader.read().fence.seq, 5);
    first.answer = loaded(3, 1, true);
    EXPECT_EQ(reader.read().fence.epoch, 3);
}

TEST(PublishedSnapshot, is_read_back_as_it_was_written) {
    const PublishedSnapshot written = published(3, 7);
    const auto read = parse_published(publish_text(written));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(*read, written);
}

TEST(PublishedSnapshot, is_not_believed_once_any_byte_is_cut_or_changed) {
    const std::string text = publish_text(published(3, 7));
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        EXPECT_FALSE(parse_published(changed).has_value()) << "byte " << i;
        EXPECT_FALSE(parse_published(text.substr(0, i)).has_value()) << "cut at " << i;
    }
}

}  // namespace
}  // namespace tidemark::test
