#pragma once
// RandomHistory: one seeded history of everything that can be done to a store, done to several
// stores at once or to a single one with kills. Every usage answered must be the plain sum of what
// was stored, every answer the same on all stores, and verify finds nothing at any moment; what is
// not so fails the test that runs the history.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "contract/plain_sums.h"
#include "contract/store_factory.h"
#include "contract/store_steps.h"

namespace tidemark::test {

class RandomHistory {
 public:
    enum class Kills { none, some };

    // Kills need a single store, and one that lasts.
    RandomHistory(std::uint64_t seed, const std::vector<StoreFactory>& factories, Kills kills);

    void step();

    // Everything that can be asked.
    void compare_all();

    // Batches with rows of frozen days, voids of them included.
    [[nodiscard]] std::int64_t adjusted_count() const {
        return std::ranges::count_if(batches_,
                                     [](const auto& batch) { return !batch.second.moved.empty(); });
    }

    // The first store's.
    [[nodiscard]] Store& store() { return *stores_.front().store; }
    [[nodiscard]] TestDatabase& database() { return *stores_.front().database; }

 private:
    // One store and what it calls the batches.
    struct Subject {
        std::string name;
        std::unique_ptr<TestDatabase> database;
        std::unique_ptr<Store> store;
        bool lasting;
        // By name: the key, but for the void of a replaced batch, whose key has a number in it.
        std::map<std::string, std::int64_t> batch_seqs{};
        std::map<std::string, std::string> keys{};  // by name
        // What it was given, where it says that it arrived: each looks at its own clock.
        PlainSums plain{};
        std::map<std::string, std::vector<CdnRow>> booked{};  // by key, without what was erased
    };

    // A committed batch as everybody knows it, without what was erased.
    struct KnownBatch {
        std::vector<CdnRow> rows;
        std::vector<CdnRow> moved{};  // of frozen days; of no subject once that is erased
        int sign = 1;
        bool is_void = false;
    };

    // Does the same on every store; the answer on which all agree, else a failure. With kills it is
    // sometimes begun by a process that is killed over it, before it is done for good.
    std::string on_all(const std::string& what, const std::function<std::string(Subject&)>& action);

    void store_new();
    void store_again();
    void store_conflict();
    void void_one();
    void replace_one();
    void seal();
    void freeze();
    void verify();
    void fold();
    void fold_scope(const FoldScope& scope);
    void purge();
    void erase();
    void ask_something();
    void reopen();

    std::vector<CdnRow> random_rows();
    std::string random_key();
    // Whether one of the rows would count on a day that takes none.
    bool shut_out(const std::vector<CdnRow>& rows) const;
    bool is_adjusted(const CdnRow& row) const;
    // Notes a batch that every store has taken.
    void note_stored(const std::string& key, const std::vector<CdnRow>& rows);
    void note_voided(const std::string& voided, const std::string& key);
    // What verify cannot know: that the links are those of the rows that came.
    Lines links_expected() const;
    static Lines links_of(Subject& subject);
    // Every day on which rows count.
    static UsageQuery everything(UsagePeriod period);
    int random_day();
    // Now and then the day on which rows arrive.
    int random_closed_day();
    const std::string& random_subject();
    static std::string name_of(const Subject& subject, const BatchReceipt& receipt);
    static std::string key_of(const Subject& subject, const std::string& name);
    std::string remember(Subject& subject, const Result<StoredBatch>& stored);

    RandomStream random_;
    Kills kills_;
    bool killed_ = false;  // over the action at hand: it may have been done already
    std::vector<Subject> stores_;
    std::map<std::string, KnownBatch> batches_;
    std::map<int, FreezePolicy> frozen_days_;
    int next_key_ = 0;
};

}  // namespace tidemark::test
