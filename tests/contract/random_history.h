#pragma once
// RandomHistory: one seeded history of everything that can be done to a store, done to several
// stores at once or to a single one with kills. Every usage answered must be the plain sum of what
// was stored, every answer the same on all stores, and verify finds nothing at any moment; what is
// not so fails the test that runs the history.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
        std::map<std::string, std::int64_t> batch_seqs{};  // by key
    };

    // A committed batch as everybody knows it, without what was erased.
    struct KnownBatch {
        std::vector<CdnRow> rows;
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
    void purge();
    void erase();
    void ask_something();
    void reopen();

    std::vector<CdnRow> random_rows();
    std::string random_key();
    // Whether one of the rows is of a day that takes none.
    bool shut_out(const std::vector<CdnRow>& rows) const;
    int random_day();
    const std::string& random_subject();
    std::string remember(Subject& subject, const Result<StoredBatch>& stored);

    RandomStream random_;
    Kills kills_;
    bool killed_ = false;  // over the action at hand: it may have been done already
    std::vector<Subject> stores_;
    PlainSums plain_;
    std::map<std::string, KnownBatch> batches_;
    std::set<int> frozen_days_;
    int next_key_ = 0;
};

}  // namespace tidemark::test
