#include "simulate/plan/statement.h"

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

Statement only(std::string_view text) {
    const Result<std::vector<Statement>> statements = parse_statements(text, "x.sql");
    if (!statements.has_value() || statements->size() != 1) {
        ADD_FAILURE() << text;
        return {};
    }
    return statements->front();
}

struct PlaceholderCase {
    const char* name;
    const char* text;
    const char* sql;
    std::vector<std::string> parameters;
};

class Placeholders : public testing::TestWithParam<PlaceholderCase> {};

TEST_P(Placeholders, become_parameters_and_nothing_else_does) {
    const Statement statement = only(GetParam().text);
    EXPECT_EQ(statement.sql, GetParam().sql);
    EXPECT_EQ(statement.parameters, GetParam().parameters);
}

const PlaceholderCase placeholder_cases[] = {
    {"none", "select 1", "select 1", {}},
    {"two", "select :a, :b_2", "select $1, $2", {"a", "b_2"}},
    {"twice_is_one", "select :a, :a", "select $1, $1", {"a"}},
    {"cast", "select :a::text, b::int", "select $1::text, b::int", {"a"}},
    {"assignment", "call p(x := :a)", "call p(x := $1)", {"a"}},
    {"slice", "select v[1:2], :a", "select v[1:2], $1", {"a"}},
    {"in_quotes", "select ':a', 'it''s :b', :c", "select ':a', 'it''s :b', $1", {"c"}},
    {"in_escaped_quotes", R"(select E'\':a', :c)", R"(select E'\':a', $1)", {"c"}},
    {"in_identifier", R"(select ":a", :c)", R"(select ":a", $1)", {"c"}},
    {"in_dollar_quotes", "select $x$ :a ; $x$, :c", "select $x$ :a ; $x$, $1", {"c"}},
    {"in_line_comment", "select 1 -- :a ; b\n, :c", "select 1 \n, $1", {"c"}},
    {"in_block_comment", "select 1 /* :a ; */, :c", "select 1  , $1", {"c"}},
};
INSTANTIATE_TEST_SUITE_P(Cases,
                         Placeholders,
                         testing::ValuesIn(placeholder_cases),
                         [](const auto& test) { return test.param.name; });

struct EffectCase {
    const char* name;
    const char* text;
    Effect effect;
    const char* table;
};

class Effects : public testing::TestWithParam<EffectCase> {};

TEST_P(Effects, are_told_from_the_words) {
    const Statement statement = only(GetParam().text);
    EXPECT_EQ(statement.effect, GetParam().effect);
    EXPECT_EQ(statement.table, GetParam().table);
}

constexpr EffectCase effect_cases[] = {
    {"insert", "INSERT INTO t VALUES (1)", Effect::insert, "t"},
    {"upsert",
     "insert into s.t select 1 on conflict (a) do update set b = 2",
     Effect::upsert,
     "s.t"},
    {"merge", "merge into t using u on true when matched then delete", Effect::upsert, "t"},
    {"update", "update only t set a = 1", Effect::update, "t"},
    {"remove", "delete from t", Effect::remove, "t"},
    {"with", "with x as (select 1) insert into t select * from x", Effect::insert, "t"},
    {"select", "select 'insert into t'", Effect::select, ""},
    {"column_named_so", "select updated, insert_time from t", Effect::select, ""},
    {"refresh", "refresh materialized view concurrently v", Effect::other, "v"},
    {"quoted_table", R"(update "My T" set a = 1)", Effect::update, "\"My T\""},
};
INSTANTIATE_TEST_SUITE_P(Cases, Effects, testing::ValuesIn(effect_cases), [](const auto& test) {
    return test.param.name;
});

TEST(ParseStatements, cuts_at_semicolons_and_names_lines) {
    const auto statements =
        parse_statements("-- first\nselect 1;\n\nselect (2;2);\nselect 3", "x.sql", 10);
    ASSERT_TRUE(statements.has_value()) << statements.error().message;
    ASSERT_EQ(statements->size(), 3U);
    EXPECT_EQ(statements->at(0).line, 11);
    EXPECT_EQ(statements->at(1).line, 13);
    EXPECT_EQ(statements->at(1).sql, "select (2;2)");
    EXPECT_EQ(statements->at(2).line, 14);
}

TEST(ParseStatements, reads_a_copy_with_its_fields) {
    const Statement statement =
        only("COPY cdn (site_id, a, b) FROM STDIN\n  VALUES (:site_id, :x, :x)");
    EXPECT_TRUE(statement.copy);
    EXPECT_EQ(statement.sql, "copy cdn (site_id, a, b) from stdin");
    EXPECT_EQ(statement.parameters, (std::vector<std::string>{"site_id", "x", "x"}));
    EXPECT_EQ(statement.effect, Effect::insert);
    EXPECT_EQ(statement.table, "cdn");
}

struct WrongCase {
    const char* name;
    const char* text;
    const char* complaint;
};

class WrongStatements : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongStatements, are_named_with_their_line) {
    const auto statements = parse_statements(GetParam().text, "x.sql");
    ASSERT_FALSE(statements.has_value());
    EXPECT_EQ(statements.error().message, GetParam().complaint);
}

constexpr WrongCase wrong_cases[] = {
    {"empty", " -- nothing\n", "x.sql: no statement in it; write one, as in select 1"},
    {"open_quote", "select 1;\nselect 'a", "x.sql:2: a text that begins with ' does not end"},
    {"open_dollar", "select $a$ x", "x.sql:1: a text that begins with $a$ does not end"},
    {"open_comment", "select /* x", "x.sql:1: a comment that begins with /* does not end"},
    {"open_parenthesis", "select (1", "x.sql:1: a '(' without its ')'"},
    {"closed_too_often", "select 1)", "x.sql:1: a ')' without its '('"},
    {"copy_without_values",
     "copy t (a) from stdin",
     "x.sql:1: a COPY must read: copy TABLE (COLUMNS) from stdin values (:NAME, :NAME ...)"},
    {"copy_of_constants",
     "copy t (a) from stdin values (1)",
     "x.sql:1: a COPY must read: copy TABLE (COLUMNS) from stdin values (:NAME, :NAME ...)"},
};
INSTANTIATE_TEST_SUITE_P(Cases,
                         WrongStatements,
                         testing::ValuesIn(wrong_cases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tidemark::simulate
