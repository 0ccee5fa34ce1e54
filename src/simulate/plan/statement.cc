#include "simulate/plan/statement.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

constexpr std::size_t parameters_max = 1000;

bool begins_name(char character) {
    return std::isalpha(static_cast<unsigned char>(character)) != 0 || character == '_';
}

bool continues_name(char character) {
    return begins_name(character) || std::isdigit(static_cast<unsigned char>(character)) != 0;
}

// Cuts the text to statements in one pass. `words_` keeps the statement in small letters without
// quoted texts and comments, so that what it does can be told from it.
class StatementCutter {
 public:
    StatementCutter(std::string_view text, std::string_view file, int first_line)
        : text_(text), file_(file), line_(first_line) {}

    Result<std::vector<Statement>> cut();

 private:
    Result<void> step();
    Result<void> take_quoted(char quote);
    Result<void> take_dollar_quoted(std::string_view tag);
    Result<void> take_block_comment();
    void take_line_comment();
    Result<void> take_placeholder();
    Result<void> take_parenthesis();
    Result<void> end_statement();
    Result<void> read_copy(Statement& statement) const;
    void describe(Statement& statement) const;

    [[nodiscard]] char peek(std::size_t ahead) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] std::optional<std::string_view> dollar_tag() const;
    void keep(std::size_t count);
    void keep_unread(std::size_t count);
    [[nodiscard]] Error error(int line, const std::string& words) const {
        return {ErrorKind::invalid_input, fmt::format("{}:{}: {}", file_, line, words)};
    }

    std::string_view text_;
    std::string file_;
    std::size_t at_ = 0;
    int line_;
    int depth_ = 0;
    int begun_at_ = 0;  // the line of the statement's first word; 0: not yet
    std::string sql_;
    std::string words_;
    std::vector<std::string> parameters_;
    std::vector<Statement> statements_;
};

// Takes characters as they are; counts lines and notes where the statement begins.
void StatementCutter::keep_unread(std::size_t count) {
    for (; count > 0 && at_ < text_.size(); --count, ++at_) {
        const char character = text_[at_];
        const bool blank = std::isspace(static_cast<unsigned char>(character)) != 0;
        if (begun_at_ == 0 && !blank) {
            begun_at_ = line_;
        }
        line_ += character == '\n' ? 1 : 0;
        if (begun_at_ != 0) {
            sql_ += character;
        }
    }
}

// The same for characters that are SQL's own words.
void StatementCutter::keep(std::size_t count) {
    for (std::size_t place = 0; place < count && at_ + place < text_.size(); ++place) {
        const auto character = static_cast<unsigned char>(text_[at_ + place]);
        words_ += std::isspace(character) != 0 ? ' ' : static_cast<char>(std::tolower(character));
    }
    keep_unread(count);
}

Result<void> StatementCutter::take_quoted(char quote) {
    const int opened_at = line_;
    const bool escapes =
        quote == '\'' && at_ > 0 && (text_[at_ - 1] == 'E' || text_[at_ - 1] == 'e');
    if (quote == '"') {
        words_ += '"';
    }
    keep_unread(1);
    while (at_ < text_.size()) {
        if (escapes && peek(0) == '\\') {
            keep_unread(2);
        } else if (peek(0) == quote) {
            if (quote == '"') {
                words_ += quote;
            }
            keep_unread(1);
            return {};
        } else {
            if (quote == '"') {
                words_ += peek(0);
            }
            keep_unread(1);
        }
    }
    return error(opened_at, fmt::format("a text that begins with {} does not end", quote));
}

std::optional<std::string_view> StatementCutter::dollar_tag() const {
    std::size_t length = 1;
    if (!begins_name(peek(1)) && peek(1) != '$') {
        return std::nullopt;
    }
    while (continues_name(peek(length))) {
        ++length;
    }
    if (peek(length) != '$') {
        return std::nullopt;
    }
    return text_.substr(at_, length + 1);
}

Result<void> StatementCutter::take_dollar_quoted(std::string_view tag) {
    const int opened_at = line_;
    const std::size_t end = text_.find(tag, at_ + tag.size());
    if (end == std::string_view::npos) {
        return error(opened_at, fmt::format("a text that begins with {} does not end", tag));
    }
    keep_unread(end + tag.size() - at_);
    return {};
}

Result<void> StatementCutter::take_block_comment() {
    const int opened_at = line_;
    const std::size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
        return error(opened_at, "a comment that begins with /* does not end");
    }
    for (; at_ < end + 2; ++at_) {
        line_ += text_[at_] == '\n' ? 1 : 0;
    }
    sql_ += ' ';
    return {};
}

void StatementCutter::take_line_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') {
        ++at_;
    }
}

Result<void> StatementCutter::take_placeholder() {
    std::size_t length = 1;
    while (continues_name(peek(length))) {
        ++length;
    }
    const std::string name(text_.substr(at_ + 1, length - 1));
    auto place = std::ranges::find(parameters_, name);
    if (place == parameters_.end()) {
        parameters_.push_back(name);
        place = parameters_.end() - 1;
    }
    if (parameters_.size() > parameters_max) {
        return error(line_, fmt::format("more than {} placeholders", parameters_max));
    }
    sql_ += fmt::format("${}", place - parameters_.begin() + 1);
    words_ += ":" + name;
    at_ += length;
    return {};
}

Result<void> StatementCutter::take_parenthesis() {
    depth_ += peek(0) == '(' ? 1 : -1;
    if (depth_ < 0) {
        return error(line_, "a ')' without its '('");
    }
    keep(1);
    return {};
}

Result<void> StatementCutter::step() {
    const char character = peek(0);
    if (character == '\'' || character == '"') {
        return take_quoted(character);
    }
    if (character == '-' && peek(1) == '-') {
        take_line_comment();
        return {};
    }
    if (character == '/' && peek(1) == '*') {
        return take_block_comment();
    }
    if (character == '$') {
        if (const auto tag = dollar_tag(); tag.has_value()) {
            return take_dollar_quoted(*tag);
        }
    }
    if (character == ':' && (peek(1) == ':' || peek(1) == '=')) {
        keep(2);
        return {};
    }
    if (character == ':' && begins_name(peek(1))) {
        return take_placeholder();
    }
    if (character == '(' || character == ')') {
        return take_parenthesis();
    }
    if (character == ';' && depth_ == 0) {
        ++at_;
        return end_statement();
    }
    keep(1);
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
        text.remove_prefix(1);
    }
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_word_at(std::string_view words, std::size_t at, std::string_view wanted) {
    return words.substr(at, wanted.size()) == wanted &&
           (at == 0 || !continues_name(words[at - 1])) &&
           (at + wanted.size() >= words.size() || !continues_name(words[at + wanted.size()]));
}

std::size_t find_word(std::string_view words, std::string_view wanted, std::size_t from = 0) {
    for (std::size_t at = words.find(wanted, from); at != std::string_view::npos;
         at = words.find(wanted, at + 1)) {
        if (is_word_at(words, at, wanted)) {
            return at;
        }
    }
    return std::string_view::npos;
}

// The name after the word at `at`, over "only", "if exists" and the like; quotes stay.
std::string name_after(std::string_view words, std::size_t at, std::string_view word) {
    std::string_view rest = trimmed(words.substr(at + word.size()));
    for (const std::string_view filler :
         {"materialized view", "concurrently", "into", "from", "only"}) {
        if (is_word_at(rest, 0, filler)) {
            rest = trimmed(rest.substr(filler.size()));
        }
    }
    std::size_t length = 0;
    bool quoted = false;
    while (length < rest.size() &&
           (quoted || continues_name(rest[length]) || rest[length] == '.' || rest[length] == '"')) {
        quoted = rest[length] == '"' ? !quoted : quoted;
        ++length;
    }
    return std::string(rest.substr(0, length));
}

std::size_t end_of_name(std::string_view words, std::size_t at) {
    while (at < words.size() && (continues_name(words[at]) || words[at] == '"')) {
        ++at;
    }
    return at;
}

// Where the next assignment begins: behind the next comma outside parentheses; the end where a
// clause of another kind comes first.
std::size_t next_assignment(std::string_view words, std::size_t at) {
    int depth = 0;
    for (; at < words.size(); ++at) {
        depth += words[at] == '(' ? 1 : words[at] == ')' ? -1 : 0;
        if (depth < 0 ||
            (depth == 0 && (is_word_at(words, at, "where") || is_word_at(words, at, "from") ||
                            is_word_at(words, at, "returning")))) {
            return words.size();
        }
        if (depth == 0 && words[at] == ',') {
            return at + 1;
        }
    }
    return at;
}

// `update ... set a = 1, b = f(2, 3) where ...`: a and b. `(a, b) = (1, 2)` counts as well.
std::vector<std::string> changed_columns(std::string_view words) {
    std::vector<std::string> columns;
    const std::size_t update = find_word(words, "update");
    std::size_t at = update == words.npos ? update : find_word(words, "set", update);
    at = at == words.npos ? words.size() : at + 3;
    while (at < words.size()) {
        const std::size_t assigned = std::min(words.find('=', at), words.size());
        for (; at < assigned; ++at) {
            const std::size_t end = end_of_name(words, at);
            if (end > at) {
                columns.emplace_back(words.substr(at, end - at));
                at = end;
            }
        }
        at = next_assignment(words, at);
    }
    return columns;
}

void StatementCutter::describe(Statement& statement) const {
    struct Form {
        std::string_view word;
        Effect effect;
    };
    // In this order: an upsert says `do update set` as well, a query may stand before an insert.
    static constexpr Form forms[] = {{"copy", Effect::insert},
                                     {"merge", Effect::upsert},
                                     {"insert", Effect::insert},
                                     {"update", Effect::update},
                                     {"delete", Effect::remove},
                                     {"refresh", Effect::other},
                                     {"select", Effect::select}};
    const std::string_view words = words_;
    for (const Form& form : forms) {
        const std::size_t at = find_word(words, form.word);
        if (at == std::string_view::npos) {
            continue;
        }
        statement.effect = form.effect;
        statement.changed = changed_columns(words);
        if (form.effect == Effect::insert && find_word(words, "on conflict") != words.npos) {
            statement.effect = Effect::upsert;
        }
        if (form.effect != Effect::select) {
            statement.table = name_after(words, at, form.word);
        }
        return;
    }
}

// `copy t (a, b) from stdin values (:x, :y)`: the fields in their order, each time they stand
// there.
Result<void> StatementCutter::read_copy(Statement& statement) const {
    const std::string_view words = words_;
    const std::size_t from = find_word(words, "from stdin");
    const std::size_t values = from == words.npos ? from : find_word(words, "values", from);
    const Error wrong = error(statement.line,
                              "a COPY must read: copy TABLE (COLUMNS) from stdin values (:NAME, "
                              ":NAME ...)");
    if (values == words.npos) {
        return wrong;
    }
    std::string_view list = trimmed(words.substr(values + 6));
    if (!list.starts_with('(') || !list.ends_with(')')) {
        return wrong;
    }
    list = list.substr(1, list.size() - 2);
    statement.parameters.clear();
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::string_view field = trimmed(list.substr(0, comma));
        if (field.size() < 2 || field[0] != ':' ||
            !std::ranges::all_of(field.substr(1), continues_name)) {
            return wrong;
        }
        statement.parameters.emplace_back(field.substr(1));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    statement.sql = std::string(trimmed(words.substr(0, from))) + " from stdin";
    statement.copy = true;
    return {};
}

Result<void> StatementCutter::end_statement() {
    const std::string sql(trimmed(sql_));
    if (!sql.empty()) {
        Statement statement{.sql = sql,
                            .parameters = parameters_,
                            .copy = false,
                            .effect = Effect::other,
                            .table = {},
                            .changed = {},
                            .line = begun_at_};
        words_ = std::string(trimmed(words_));
        describe(statement);
        if (is_word_at(words_, 0, "copy")) {
            TIDEMARK_RETURN_IF_ERROR(read_copy(statement));
        }
        statements_.push_back(std::move(statement));
    }
    sql_.clear();
    words_.clear();
    parameters_.clear();
    begun_at_ = 0;
    return {};
}

Result<std::vector<Statement>> StatementCutter::cut() {
    while (at_ < text_.size()) {
        TIDEMARK_RETURN_IF_ERROR(step());
    }
    if (depth_ > 0) {
        return error(line_, "a '(' without its ')'");
    }
    TIDEMARK_RETURN_IF_ERROR(end_statement());
    if (statements_.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: no statement in it; write one, as in select 1", file_)};
    }
    return std::move(statements_);
}

}  // namespace

Result<std::vector<Statement>> parse_statements(std::string_view text,
                                                std::string_view file,
                                                int first_line) {
    return StatementCutter(text, file, first_line).cut();
}

}  // namespace tidemark::simulate
