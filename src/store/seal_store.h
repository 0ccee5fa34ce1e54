#pragma once
// SealStore: days of a counter dataset that are declared complete, and what is done with rows that
// come later.
//
// A seal says: these are the day's totals, through this batch_seq. It changes no answer. Whether a
// sealed day is dirty is not stored but derived: a committed batch above the seal's `through` has
// rows of the day. So no batch, void or kill can forget to say so, and the batch's own commit is
// the instant at which the day becomes dirty.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/coverage.h"
#include "domain/seal.h"

namespace tidemark {

// Errors, threads and the datasets that calls may name: as of Store.
class SealStore {
 public:
    SealStore() = default;
    SealStore(const SealStore&) = delete;
    SealStore& operator=(const SealStore&) = delete;
    virtual ~SealStore() = default;

    // What each feed covers that ever declared coverage of the dataset by a succeeded run.
    virtual Result<std::map<std::string, Coverage>> coverage_by_feed(std::string_view dataset) = 0;

    // Seals each of the days that is not sealed yet, and those that are sealed and dirty anew, as
    // their next revision, in one transaction; passes over days of which a batch above the cursor
    // has rows, and over sealed days that are clean. Whether a day is complete is the caller's to
    // know. The events made, in the order of the days given.
    virtual Result<std::vector<SealEvent>> seal_days(std::string_view dataset,
                                                     std::span<const UtcDay> days) = 0;

    // Every sealed day, in order, dirty or not.
    virtual Result<std::vector<SealedDay>> sealed_days(std::string_view dataset) = 0;

    // What was sealed and sealed anew, with id in (after, ...), in order, at most `limit`.
    virtual Result<std::vector<SealEvent>> seal_events(std::string_view dataset,
                                                       std::int64_t after,
                                                       std::int64_t limit) = 0;

    // From here on rows of these days are refused, or booked on the day of arrival; batches that
    // are being stored come before or are subject to it, nothing in between. Passes over days that
    // are not sealed, are dirty, or of which rows are just being written, and over days frozen with
    // this policy already. A frozen day can be given another policy and is never thawed. The days
    // it froze.
    virtual Result<std::vector<UtcDay>> freeze_days(std::string_view dataset,
                                                    std::span<const UtcDay> days,
                                                    FreezePolicy policy) = 0;

    // Days before `before` whose batch rows, of a gauge whose events, are still kept and of which
    // no batch was committed at `quiet_since` or later, in order.
    virtual Result<std::vector<UtcDay>> purgeable_days(std::string_view dataset,
                                                       UtcDay before,
                                                       Timestamp quiet_since) = 0;
};

}  // namespace tidemark
