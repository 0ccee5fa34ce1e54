#include "simulate/run/outcomes.h"

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

struct HistoryCase {
    const char* name;
    std::vector<RecordKind> records;  // of operation 0, attempt by attempt
    OutcomeKind outcome;
};

class Histories : public testing::TestWithParam<HistoryCase> {};

TEST_P(Histories, end_in_one_outcome_and_the_identity_holds) {
    std::vector<OperationRecord> records;
    for (const RecordKind kind : GetParam().records) {
        records.push_back({.kind = kind, .operation = 0});
    }
    const auto outcomes = outcomes_of(2, records);
    ASSERT_TRUE(outcomes.has_value());
    EXPECT_EQ(outcomes->at(0).kind, GetParam().outcome);
    EXPECT_EQ(outcomes->at(1).kind, OutcomeKind::skipped);  // never begun
    OutcomeCounts counts;
    for (const Outcome& outcome : *outcomes) {
        add(counts, outcome.kind);
    }
    EXPECT_EQ(counts.planned, 2U);
    EXPECT_EQ(counts.planned,
              counts.committed + counts.failed + counts.skipped + counts.unresolved);
}

const HistoryCase history_cases[] = {
    {"committed", {RecordKind::intent, RecordKind::committed}, OutcomeKind::committed},
    {"read_only", {RecordKind::committed}, OutcomeKind::committed},
    {"died_at_the_commit", {RecordKind::intent}, OutcomeKind::unresolved},
    {"no_answer", {RecordKind::intent, RecordKind::ambiguous}, OutcomeKind::unresolved},
    {"no_answer_then_found",
     {RecordKind::intent, RecordKind::ambiguous, RecordKind::committed},
     OutcomeKind::committed},
    {"retried",
     {RecordKind::attempt_failed, RecordKind::intent, RecordKind::committed},
     OutcomeKind::committed},
    {"given_up", {RecordKind::attempt_failed, RecordKind::failed}, OutcomeKind::failed},
    {"died_between_attempts", {RecordKind::attempt_failed}, OutcomeKind::failed},
    {"skipped", {RecordKind::skipped}, OutcomeKind::skipped},
};
INSTANTIATE_TEST_SUITE_P(Cases, Histories, testing::ValuesIn(history_cases), [](const auto& test) {
    return test.param.name;
});

TEST(Outcomes, keep_every_transaction_that_had_an_intent) {
    const std::vector<OperationRecord> records = {
        {.kind = RecordKind::intent, .transaction_id = 7, .first_reply_us = 70},
        {.kind = RecordKind::ambiguous, .transaction_id = 7},
        {.kind = RecordKind::intent, .attempt = 2, .transaction_id = 9, .first_reply_us = 90},
        {.kind = RecordKind::committed, .attempt = 2, .transaction_id = 9}};
    const auto outcomes = outcomes_of(1, records);
    ASSERT_TRUE(outcomes.has_value());
    EXPECT_EQ(outcomes->at(0).intents, (std::vector<TransactionIntent>{{7, 70}, {9, 90}}));
    EXPECT_EQ(outcomes->at(0).attempts, 2U);
}

TEST(Outcomes, have_no_transaction_to_ask_about_where_the_intent_had_no_id) {
    const auto outcomes = outcomes_of(1, {{.kind = RecordKind::intent}});
    ASSERT_TRUE(outcomes.has_value());
    EXPECT_EQ(outcomes->at(0).kind, OutcomeKind::unresolved);
    EXPECT_TRUE(outcomes->at(0).intents.empty());
}

// As autocommit leaves them: an intent without an id, by attempt.
TEST(Outcomes, stay_unresolved_while_an_attempt_without_an_id_is_open) {
    std::vector<OperationRecord> records = {
        {.kind = RecordKind::intent, .attempt = 1},
        {.kind = RecordKind::ambiguous, .attempt = 1},
        {.kind = RecordKind::intent, .attempt = 2},
        {.kind = RecordKind::failed, .attempt = 2},
    };
    EXPECT_EQ(outcomes_of(1, records)->at(0).kind, OutcomeKind::unresolved);
    records.push_back({.kind = RecordKind::failed, .attempt = 2});  // the tables have no row of it
    EXPECT_EQ(outcomes_of(1, records)->at(0).kind, OutcomeKind::failed);
}

TEST(Outcomes, are_failed_where_every_attempt_without_an_id_was_answered) {
    const auto outcomes = outcomes_of(1,
                                      {{.kind = RecordKind::intent, .attempt = 1},
                                       {.kind = RecordKind::attempt_failed, .attempt = 1},
                                       {.kind = RecordKind::intent, .attempt = 2},
                                       {.kind = RecordKind::failed, .attempt = 2}});
    EXPECT_EQ(outcomes->at(0).kind, OutcomeKind::failed);
}

TEST(Outcomes, refuse_a_ledger_of_another_plan) {
    const auto outcomes = outcomes_of(1, {{.kind = RecordKind::committed, .operation = 1}});
    ASSERT_FALSE(outcomes.has_value());
    EXPECT_EQ(outcomes.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace tidemark::simulate
