#include "domain/dataset.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Dataset, built_in_ones_are_those_of_the_glossary) {
    const auto datasets = built_in_datasets();
    ASSERT_EQ(datasets.size(), 3U);
    EXPECT_EQ(datasets[0].name(), "cdn");
    EXPECT_EQ(datasets[0].subject(), "site_id");
    EXPECT_EQ(datasets[0].find_metric("requests"), 1U);
    EXPECT_EQ(datasets[0].find_metric("plays"), std::nullopt);
    EXPECT_EQ(datasets[1].name(), "ping");
    EXPECT_EQ(datasets[2].kind(), DatasetKind::gauge);
}

struct DeclarationCase {
    const char* name;
    DatasetDeclaration declaration;
    const char* complaint;  // a part of the message; empty: accepted
};

class DatasetDeclare : public testing::TestWithParam<DeclarationCase> {};

TEST_P(DatasetDeclare, names_the_first_thing_that_is_wrong) {
    const Result<Dataset> dataset = Dataset::declare(GetParam().declaration);
    if (std::string_view(GetParam().complaint).empty()) {
        EXPECT_TRUE(dataset.has_value());
        return;
    }
    ASSERT_FALSE(dataset.has_value());
    EXPECT_EQ(dataset.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(dataset.error().message.find(GetParam().complaint), std::string::npos)
        << dataset.error().message;
}

const DeclarationCase declaration_cases[] = {
    {"one_metric", {"calls", DatasetKind::counter, "account", {"calls"}}, ""},
    {"forty_letters", {std::string(40, 'a'), DatasetKind::counter, "account", {"calls"}}, ""},
    {"forty_one_letters", {std::string(41, 'a'), DatasetKind::counter, "s", {"m"}}, "1 to 40"},
    {"no_name", {"", DatasetKind::counter, "account", {"calls"}}, "its name ''"},
    {"upper_case", {"Calls", DatasetKind::counter, "account", {"calls"}}, "'Calls'"},
    {"digit_first", {"calls", DatasetKind::counter, "1account", {"calls"}}, "'1account'"},
    {"quote", {"calls", DatasetKind::counter, "account", {"a\"b"}}, "'a\"b'"},
    {"no_metrics", {"calls", DatasetKind::counter, "account", {}}, "0 metrics"},
    {"nine_metrics",
     {"calls", DatasetKind::counter, "s", {"a", "b", "c", "d", "e", "f", "g", "h", "i"}},
     "9 metrics"},
    {"metric_twice", {"calls", DatasetKind::counter, "account", {"a", "a"}}, "already"},
    {"metric_like_the_subject", {"calls", DatasetKind::counter, "a", {"a"}}, "already"},
    {"reserved_column", {"calls", DatasetKind::counter, "account", {"batch_seq"}}, "already"},
    {"gauge", {"seats", DatasetKind::gauge, "account", {"used", "order"}}, ""},
    {"mark_of_a_gauge", {"seats", DatasetKind::gauge, "account", {"used", "max_used"}}, "already"},
    {"instant_of_a_gauge", {"seats", DatasetKind::gauge, "used_at", {"used"}}, "'used_at'"},
    {"column_of_events", {"seats", DatasetKind::gauge, "account", {"value"}}, "already"},
    {"max_of_a_counter", {"calls", DatasetKind::counter, "account", {"a", "max_a", "a_at"}}, ""},
};

INSTANTIATE_TEST_SUITE_P(Cases,
                         DatasetDeclare,
                         testing::ValuesIn(declaration_cases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tidemark
