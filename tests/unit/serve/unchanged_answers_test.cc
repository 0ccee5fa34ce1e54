#include "serve/unchanged_answers.h"

#include <deque>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using std::chrono::seconds;

// Answers when the test says so.
class WatchInHand final : public CommitWatch {
 public:
    [[nodiscard]] int descriptor() const override { return -1; }
    Result<void> ask() override {
        ++asked;
        return lost ? Result<void>(Error{ErrorKind::unavailable, "lost"}) : Result<void>();
    }
    Result<std::optional<std::string>> take() override {
        if (lost) {
            return Error{ErrorKind::unavailable, "lost"};
        }
        return std::exchange(answer, std::nullopt);
    }

    int asked = 0;
    bool lost = false;
    std::optional<std::string> answer;
};

http::Response with_tag(int status, const std::string& tag) {
    http::Response response{.status = status};
    response.fields.set("ETag", tag);
    return response;
}

using Answers = std::vector<std::string>;

class UnchangedAnswersTest : public testing::Test {
 protected:
    // Asks; an answer goes to `answers`, what is asked otherwise to `asked_otherwise`.
    void ask(const std::string& request) {
        unchanged.answer(
            request,
            [this, request](const http::Response& response) {
                answers.push_back(request + " " + std::to_string(response.status) + " " +
                                  std::string(response.fields.find("ETag").value_or("")));
            },
            [this](UnchangedAnswers::Answered answered) {
                asked_otherwise.push_back(std::move(answered));
            });
    }

    // Answers the first of those that were asked otherwise.
    void answer_otherwise(int status, const std::string& tag) {
        ASSERT_FALSE(asked_otherwise.empty());
        const UnchangedAnswers::Answered answered = std::move(asked_otherwise.front());
        asked_otherwise.pop_front();
        answered(with_tag(status, tag));
    }

    // Asks, and hears from the store that nothing has changed.
    void hear(const std::string& request) {
        ask(request);
        answer_otherwise(304, "x");
        EXPECT_EQ(take_answers(), Answers{request + " 304 x"});
    }

    // What was to be called soon, and what that has called soon.
    void go_on() {
        while (!soon.empty()) {
            const std::function<void()> call = std::move(soon.front());
            soon.pop_front();
            call();
        }
    }

    // The look that is under way finds this.
    bool find(const std::string& commits) {
        go_on();
        watch->answer = commits;
        const bool goes_on = unchanged.take(*watch);
        go_on();
        return goes_on;
    }

    void watch_from(const std::string& commits) {
        unchanged.use(watch);
        EXPECT_TRUE(find(commits));
    }

    Answers take_answers() { return std::exchange(answers, {}); }

    ManualClock clock{Timestamp(seconds(1'800'000'000))};
    std::deque<std::function<void()>> soon;
    std::shared_ptr<WatchInHand> watch = std::make_shared<WatchInHand>();
    UnchangedAnswers unchanged{
        clock, [this](std::function<void()> call) { soon.push_back(std::move(call)); }};
    Answers answers;
    std::deque<UnchangedAnswers::Answered> asked_otherwise;
};

TEST_F(UnchangedAnswersTest, without_a_watch_all_is_answered_otherwise) {
    EXPECT_FALSE(unchanged.is_watching());
    for (int turn = 0; turn < 2; ++turn) {
        hear("a");
    }
    EXPECT_TRUE(soon.empty());
}

TEST_F(UnchangedAnswersTest, what_was_told_is_told_again_as_long_as_nothing_is_committed) {
    watch_from("1");
    hear("a");
    ask("a");
    ask("a");
    EXPECT_EQ(take_answers(), Answers{}) << "not before it was looked";
    EXPECT_TRUE(find("1"));
    EXPECT_EQ(take_answers(), (Answers{"a 304 x", "a 304 x"}));
    EXPECT_TRUE(asked_otherwise.empty());
    EXPECT_EQ(watch->asked, 2) << "one look for both";

    ask("a");
    EXPECT_TRUE(find("2"));
    EXPECT_EQ(take_answers(), Answers{});
    answer_otherwise(200, "y");
    EXPECT_EQ(take_answers(), Answers{"a 200 y"});
}

TEST_F(UnchangedAnswersTest, who_comes_during_a_look_waits_for_the_next) {
    watch_from("1");
    hear("a");
    ask("a");
    go_on();
    ask("a");
    EXPECT_TRUE(find("1"));
    EXPECT_EQ(take_answers(), Answers{"a 304 x"});
    EXPECT_TRUE(find("2"));
    EXPECT_EQ(take_answers(), Answers{});
    EXPECT_EQ(asked_otherwise.size(), 1U) << "committed after the first look began";
}

TEST_F(UnchangedAnswersTest, what_is_committed_while_the_store_answers_is_seen) {
    watch_from("1");
    ask("a");
    ask("b");
    answer_otherwise(304, "x");  // of "a", read before the commit
    ask("a");
    EXPECT_TRUE(find("2"));
    answer_otherwise(304, "x");  // of "b", whose question is older than the commit
    take_answers();
    ask("b");
    EXPECT_EQ(asked_otherwise.size(), 2U) << "a as looked for, b at once";
    EXPECT_EQ(take_answers(), Answers{});
}

TEST_F(UnchangedAnswersTest, what_was_told_holds_for_the_second) {
    watch_from("1");
    hear("a");
    clock.advance(seconds(1));
    ask("a");
    EXPECT_EQ(asked_otherwise.size(), 1U);

    answer_otherwise(304, "x");
    ask("a");
    clock.advance(seconds(1));  // while it is looked
    EXPECT_TRUE(find("1"));
    EXPECT_EQ(asked_otherwise.size(), 1U);
}

TEST_F(UnchangedAnswersTest, only_that_nothing_changed_is_told_again) {
    watch_from("1");
    for (const int status : {200, 400, 503}) {
        ask("a");
        answer_otherwise(status, "x");
        take_answers();
    }
    ask("a");
    EXPECT_EQ(asked_otherwise.size(), 1U);
    ask("b");
    EXPECT_EQ(asked_otherwise.size(), 2U);
}

TEST_F(UnchangedAnswersTest, a_store_that_cannot_tell_is_asked_each_time) {
    watch_from("");
    for (int turn = 0; turn < 3; ++turn) {
        hear("a");
    }
    go_on();
    EXPECT_EQ(watch->asked, 1);
}

TEST_F(UnchangedAnswersTest, who_waits_for_a_watch_that_is_lost_is_answered_otherwise) {
    watch_from("1");
    hear("a");
    ask("a");
    go_on();
    ask("a");
    watch->lost = true;
    EXPECT_FALSE(unchanged.take(*watch));
    EXPECT_FALSE(unchanged.is_watching());
    EXPECT_EQ(asked_otherwise.size(), 2U);
    answer_otherwise(304, "x");
    answer_otherwise(304, "x");

    const auto lost = std::exchange(watch, std::make_shared<WatchInHand>());
    watch_from("1");
    EXPECT_FALSE(unchanged.take(*lost)) << "of another connection";
    ask("a");
    EXPECT_EQ(asked_otherwise.size(), 1U) << "another connection may count from anew";
}

TEST_F(UnchangedAnswersTest, a_watch_that_cannot_be_asked_is_lost) {
    watch_from("1");
    hear("a");
    watch->lost = true;
    ask("a");
    go_on();
    EXPECT_FALSE(unchanged.is_watching());
    EXPECT_EQ(asked_otherwise.size(), 1U);
}

TEST_F(UnchangedAnswersTest, thousands_of_questions_do_not_pile_up) {
    watch_from("1");
    for (int number = 0; number < 10'000; ++number) {
        hear(std::to_string(number));
    }
    for (int number = 0; number < 10'000; ++number) {
        ask(std::to_string(number));
    }
    EXPECT_TRUE(find("1"));
    const std::size_t told = take_answers().size();
    EXPECT_GT(told, 0U);
    EXPECT_LE(told, 4096U);
    EXPECT_EQ(asked_otherwise.size(), 10'000 - told);
}

}  // namespace
}  // namespace tidemark
