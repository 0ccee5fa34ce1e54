#include "simulate/run/settlement.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "simulate/plan/schedule.h"
#include "simulate/run/monotonic.h"
#include "simulate/run/operation_record.h"
#include "simulate/run/outcomes.h"
#include "simulate/run/row_values.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t patience_us = 20'000'000;
constexpr std::int64_t ask_again_us = 200'000;

enum class Status { committed, aborted, unknown };

struct InstanceLedger {
    const Writer* writer = nullptr;
    std::int64_t instance = 0;
    std::string file{};
    Schedule schedule{};
    std::vector<Outcome> outcomes{};
};

// What is known of each transaction id that stands in the ledger.
using Statuses = std::map<std::uint64_t, Status>;

// Which operation an id belongs to: after a crash the server may give the id of a transaction again
// of which nothing had reached its disk. The last one to have it is the one that it tells of.
struct Owner {
    std::int64_t at_us = 0;
    const Outcome* outcome = nullptr;
};
using Owners = std::map<std::uint64_t, Owner>;

Error refused(const std::string& doing, const SqlFailure& failure) {
    return {ErrorKind::invalid_input, fmt::format("{}: {}", doing, failure.message)};
}

std::int64_t number_of(const std::optional<std::string>& text) {
    std::int64_t number = 0;
    if (text.has_value()) {
        std::from_chars(text->data(), text->data() + text->size(), number);
    }
    return number;
}

Result<std::vector<InstanceLedger>> read_ledgers(const Plan& plan, const RunFolder& folder) {
    std::vector<InstanceLedger> ledgers;
    for (const Writer& writer : plan.writers) {
        for (std::int64_t instance = 0; instance < writer.instances; ++instance) {
            InstanceLedger ledger{.writer = &writer,
                                  .instance = instance,
                                  .file = folder.ledger_file(writer.name, instance)};
            TIDEMARK_ASSIGN_OR_RETURN(ledger.schedule, schedule_of(plan, writer, instance));
            TIDEMARK_ASSIGN_OR_RETURN(
                ledger.outcomes,
                outcomes_of(ledger.schedule.operations.size(), read_ledger(ledger.file)));
            ledgers.push_back(std::move(ledger));
        }
    }
    return ledgers;
}

// pg_xact_status of many transactions, which refuses ids that are not given yet: those of before a
// crash, of which nothing had reached the disk: `next` and above. A snapshot's xmax would not do
// for telling: the newest transaction that is still under way is not below it. Returns whether the
// server has ended all of them.
Result<bool> ask(Session& session,
                 const std::vector<std::uint64_t>& ids,
                 const std::string& next,
                 Statuses& statuses) {
    constexpr std::size_t at_once = 20'000;
    bool ended = true;
    for (std::size_t begin = 0; begin < ids.size(); begin += at_once) {
        const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last =
            ids.begin() + static_cast<std::ptrdiff_t>(std::min(begin + at_once, ids.size()));
        const SqlResult<TextRows> rows = session.query(
            "select x, case when x::xid8 < $2::text::xid8 then "
            "pg_xact_status(x::xid8) else 'aborted' end from unnest($1::text[]) as x",
            {fmt::format("{{{}}}", fmt::join(first, last, ",")), next});
        if (!rows.has_value()) {
            return refused("ask what became of transactions", rows.error());
        }
        for (const TextRow& row : *rows) {
            const std::string word = row[1].value_or("");
            ended = ended && word != "in progress";
            statuses[static_cast<std::uint64_t>(number_of(row[0]))] =
                word == "committed" ? Status::committed
                : word == "aborted" ? Status::aborted
                                    : Status::unknown;
        }
    }
    return ended;
}

// A server ends the transaction of a client that is gone when it next looks, not at once.
Result<Statuses> ask_until_ended(Session& session, const std::vector<InstanceLedger>& ledgers) {
    std::vector<std::uint64_t> ids;
    for (const InstanceLedger& ledger : ledgers) {
        for (const Outcome& outcome : ledger.outcomes) {
            for (const TransactionIntent& intent : outcome.intents) {
                ids.push_back(intent.id);
            }
        }
    }
    // Taken once: another query's own id might be one that was lost.
    const SqlResult<TextRows> next = session.query("select pg_current_xact_id()");
    if (!next.has_value()) {
        return refused("ask what became of transactions", next.error());
    }
    Statuses statuses;
    const std::atomic<bool> never{false};
    for (const std::int64_t until_us = monotonic_us() + patience_us;;) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool ended,
                                  ask(session, ids, next->at(0).at(0).value_or("0"), statuses));
        if (ended || monotonic_us() > until_us) {
            return statuses;
        }
        sleep_until_us(monotonic_us() + ask_again_us, never);
    }
}

Owners owners_of(const std::vector<InstanceLedger>& ledgers) {
    Owners owners;
    for (const InstanceLedger& ledger : ledgers) {
        for (const Outcome& outcome : ledger.outcomes) {
            for (const TransactionIntent& intent : outcome.intents) {
                Owner& owner = owners[intent.id];
                if (owner.outcome == nullptr || owner.at_us <= intent.at_us) {
                    owner = {intent.at_us, &outcome};
                }
            }
        }
    }
    return owners;
}

// What the server says of an operation's transactions.
struct Memory {
    int committed = 0;
    int unknown = 0;
};

Memory memory_of(const Outcome& outcome, const Statuses& statuses, const Owners& owners) {
    Memory memory;
    std::vector<std::uint64_t> seen;
    for (const TransactionIntent& intent : outcome.intents) {
        const auto status = statuses.find(intent.id);
        const bool own = owners.at(intent.id).outcome == &outcome;
        if (std::ranges::find(seen, intent.id) != seen.end() || !own) {
            continue;
        }
        seen.push_back(intent.id);
        memory.committed += status != statuses.end() && status->second == Status::committed ? 1 : 0;
        memory.unknown += status == statuses.end() || status->second == Status::unknown ? 1 : 0;
    }
    return memory;
}

// What was open and is known now is written into the ledger.
Result<void> complete(InstanceLedger& ledger,
                      std::uint32_t place,
                      bool committed,
                      LedgerFile& file) {
    Outcome& outcome = ledger.outcomes[place];
    OperationRecord record = outcome.last;
    record.operation = place;
    record.kind = committed ? RecordKind::committed : RecordKind::failed;
    // Nobody saw the end; what is known is that it was not before the last sign of life.
    record.committed_us =
        std::max({record.committed_us, record.first_reply_us, record.dequeued_us});
    outcome.kind = committed ? OutcomeKind::committed : OutcomeKind::failed;
    return file.append(record);
}

LedgerFinding finding_of(const InstanceLedger& ledger,
                         std::uint32_t place,
                         std::string kind,
                         std::string words) {
    return {.kind = std::move(kind),
            .writer = ledger.writer->name,
            .instance = ledger.instance,
            .operation = place,
            .planned_us = ledger.schedule.operations[place].planned_us,
            .words = std::move(words)};
}

// Where nothing else is known: by the server's memory of transactions alone.
std::optional<std::string> disagreement(const Outcome& outcome, const Memory& memory) {
    if (memory.committed > 1) {
        return "doubled";
    }
    if (outcome.kind == OutcomeKind::unresolved) {
        return "unresolved";
    }
    if (outcome.kind == OutcomeKind::committed && !outcome.intents.empty() &&
        memory.committed + memory.unknown == 0) {
        return "lost";
    }
    if (outcome.kind == OutcomeKind::failed && memory.committed == 1) {
        return "committed after all";
    }
    return std::nullopt;
}

// By the rows that the tables have of an operation.
std::optional<std::string> disagreement(const Outcome& outcome,
                                        std::int64_t found,
                                        std::int64_t expected) {
    if (outcome.kind == OutcomeKind::unresolved) {
        return "unresolved";
    }
    if (outcome.kind != OutcomeKind::committed) {
        return found > 0 ? std::optional<std::string>("committed after all") : std::nullopt;
    }
    if (found == expected) {
        return std::nullopt;
    }
    return found == 0 ? "lost" : found < expected ? "partial" : "doubled";
}

// Rows by :operation, from a writer's `verify.query`.
using RowCounts = std::map<std::int64_t, std::int64_t>;

Result<RowCounts> read_rows(Session& session, const Writer& writer) {
    const SqlResult<TextRows> rows = session.query(writer.verify.query);
    if (!rows.has_value()) {
        return refused(fmt::format("verify writer '{}'", writer.name), rows.error());
    }
    RowCounts counts;
    for (const TextRow& row : *rows) {
        if (row.size() != 2) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("verify writer '{}': the query answers {} columns; expected "
                                     "the operation's number and its rows",
                                     writer.name,
                                     row.size())};
        }
        counts[number_of(row[0])] += number_of(row[1]);
    }
    return counts;
}

Result<void> verify_rows(const Plan& plan,
                         InstanceLedger& ledger,
                         const RowCounts& counts,
                         LedgerFile& file,
                         RunFacts& facts) {
    const std::int64_t first = first_operation_number(plan, *ledger.writer, ledger.instance);
    for (std::uint32_t place = 0; place < ledger.outcomes.size(); ++place) {
        const auto counted = counts.find(first + place);
        const std::int64_t found = counted == counts.end() ? 0 : counted->second;
        const std::int64_t wanted = ledger.writer->verify.rows;
        const std::int64_t expected = wanted > 0 ? wanted : ledger.schedule.operations[place].rows;
        const bool open = ledger.outcomes[place].kind == OutcomeKind::unresolved;
        if (open && (found == 0 || found == expected)) {
            TIDEMARK_RETURN_IF_ERROR(complete(ledger, place, found > 0, file));
        }
        if (const auto kind = disagreement(ledger.outcomes[place], found, expected)) {
            facts.findings.push_back(
                finding_of(ledger,
                           place,
                           *kind,
                           fmt::format("{} rows in the tables, {} expected", found, expected)));
        }
    }
    return {};
}

// By the server's memory; a writer that is verified by its tables is judged by those instead.
void verify_transactions(const InstanceLedger& ledger,
                         const Statuses& statuses,
                         const Owners& owners,
                         RunFacts& facts) {
    for (std::uint32_t place = 0; place < ledger.outcomes.size(); ++place) {
        const Outcome& outcome = ledger.outcomes[place];
        const Memory memory = memory_of(outcome, statuses, owners);
        auto kind = disagreement(outcome, memory);
        const bool harmless =
            !ledger.writer->verify.total.empty() || ledger.writer->verify.repeatable;
        if (kind == "doubled" && harmless) {
            kind.reset();
        }
        if (kind.has_value()) {
            facts.findings.push_back(finding_of(
                ledger,
                place,
                *kind,
                fmt::format(
                    "{} of {} transactions committed", memory.committed, outcome.intents.size())));
        }
    }
}

// What one writer's transactions must have added, and which of them were committed more than once.
struct Expected {
    std::int64_t sum = 0;
    std::int64_t open = 0;
    std::vector<LedgerFinding> repeated{};
};

void expect(const Plan& plan,
            const InstanceLedger& ledger,
            const PoolMap& pools,
            const Statuses& statuses,
            const Owners& owners,
            Expected& expected) {
    const std::string& of = ledger.writer->verify.of;
    RowValues values(plan, *ledger.writer, ledger.instance, ledger.schedule, pools);
    for (std::uint32_t place = 0; place < ledger.outcomes.size(); ++place) {
        const Outcome& outcome = ledger.outcomes[place];
        const Memory memory = memory_of(outcome, statuses, owners);
        const bool open = outcome.kind == OutcomeKind::unresolved;
        // One that was given up and committed after all is a finding of its own.
        if (outcome.kind != OutcomeKind::committed && memory.committed == 0 && !open) {
            continue;
        }
        const std::int64_t adds =
            of.empty() ? ledger.schedule.operations[place].rows : values.sum_of(place, of);
        (open ? expected.open : expected.sum) += adds;
        if (memory.committed > 1) {
            expected.repeated.push_back(finding_of(ledger, place, "doubled", ""));
        }
    }
}

Result<std::int64_t> read_total(Session& session, const Writer& writer) {
    const SqlResult<TextRows> rows = session.query(writer.verify.total);
    if (!rows.has_value()) {
        return refused(fmt::format("verify writer '{}'", writer.name), rows.error());
    }
    if (rows->size() != 1 || rows->front().size() != 1) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("verify writer '{}': `total` must answer one number", writer.name)};
    }
    return number_of(rows->front().front());
}

// A total names no operation; where it is too large, those that were committed twice are why.
Result<void> verify_total(Session& session,
                          const Writer& writer,
                          std::int64_t before,
                          Expected expected,
                          RunFacts& facts) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t after, read_total(session, writer));
    const std::int64_t added = after - before;
    const std::string words = fmt::format("the total rose by {}, {} expected", added, expected.sum);
    if (added > expected.sum + expected.open) {
        if (expected.repeated.empty()) {
            expected.repeated.push_back({.kind = "doubled", .writer = writer.name});
        }
        for (LedgerFinding& finding : expected.repeated) {
            finding.words = words;
            facts.findings.push_back(std::move(finding));
        }
    } else if (added < expected.sum) {
        facts.findings.push_back({.kind = "lost", .writer = writer.name, .words = words});
    }
    return {};
}

Result<void> verify_writer(Session& session,
                           const Plan& plan,
                           const Writer& writer,
                           std::vector<InstanceLedger>& ledgers,
                           const Statuses& statuses,
                           const Owners& owners,
                           const Totals& before,
                           RunFacts& facts) {
    RowCounts counts;
    if (!writer.verify.query.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(counts, read_rows(session, writer));
    }
    const PoolMap pools = make_pools(plan);
    Expected expected;
    for (InstanceLedger& ledger : ledgers) {
        if (ledger.writer != &writer) {
            continue;
        }
        if (writer.verify.query.empty()) {
            verify_transactions(ledger, statuses, owners, facts);
        } else {
            TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LedgerFile> file,
                                      LedgerFile::open(ledger.file, false));
            TIDEMARK_RETURN_IF_ERROR(verify_rows(plan, ledger, counts, *file, facts));
        }
        if (!writer.verify.total.empty()) {
            expect(plan, ledger, pools, statuses, owners, expected);
        }
    }
    return writer.verify.total.empty()
               ? Result<void>()
               : verify_total(session, writer, before.at(writer.name), std::move(expected), facts);
}

// Those that the ledger leaves open and the server's memory decides.
Result<void> resolve(InstanceLedger& ledger, const Statuses& statuses, const Owners& owners) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LedgerFile> file,
                              LedgerFile::open(ledger.file, false));
    for (std::uint32_t place = 0; place < ledger.outcomes.size(); ++place) {
        const Outcome& outcome = ledger.outcomes[place];
        // Without an id there is nothing to ask by; at most the tables tell (verify_rows).
        if (outcome.kind != OutcomeKind::unresolved || outcome.intents.empty()) {
            continue;
        }
        const Memory memory = memory_of(outcome, statuses, owners);
        if (memory.committed > 0 || memory.unknown == 0) {
            TIDEMARK_RETURN_IF_ERROR(complete(ledger, place, memory.committed > 0, *file));
        }
    }
    return {};
}

}  // namespace

Result<Totals> read_totals(Session& session, const Plan& plan) {
    Totals totals;
    for (const Writer& writer : plan.writers) {
        if (!writer.verify.query.empty()) {
            // Refused now, not after the load.
            const SqlResult<TextRows> planned = session.query("explain " + writer.verify.query);
            if (!planned.has_value()) {
                return refused(fmt::format("verify writer '{}'", writer.name), planned.error());
            }
        }
        if (!writer.verify.total.empty()) {
            TIDEMARK_ASSIGN_OR_RETURN(totals[writer.name], read_total(session, writer));
        }
    }
    return totals;
}

Result<void> settle_ledger(Session* session,
                           const Plan& plan,
                           const RunFolder& folder,
                           const Totals& before,
                           RunFacts& facts) {
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<InstanceLedger> ledgers, read_ledgers(plan, folder));
    const Owners owners = owners_of(ledgers);
    if (session == nullptr) {
        for (const InstanceLedger& ledger : ledgers) {
            verify_transactions(ledger, {}, owners, facts);
        }
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Statuses statuses, ask_until_ended(*session, ledgers));
    for (InstanceLedger& ledger : ledgers) {
        TIDEMARK_RETURN_IF_ERROR(resolve(ledger, statuses, owners));
    }
    for (const Writer& writer : plan.writers) {
        TIDEMARK_RETURN_IF_ERROR(
            verify_writer(*session, plan, writer, ledgers, statuses, owners, before, facts));
    }
    return {};
}

}  // namespace tidemark::simulate
