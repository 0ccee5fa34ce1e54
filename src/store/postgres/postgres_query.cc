#include "store/postgres/postgres_query.h"

#include <vector>

#include "store/postgres/connection.h"

namespace tidemark {

namespace {

class PostgresQuery final : public RowQuery {
 public:
    PostgresQuery(std::string url, std::string query)
        : url_(std::move(url)), query_(std::move(query)) {}

    Result<void> read(const RowSink& sink) override {
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<postgres::Connection> connection,
                                  postgres::Connection::open(url_, {.any_server = true}));
        postgres::Transaction transaction(*connection);
        TIDEMARK_RETURN_IF_ERROR(transaction.begin("BEGIN READ ONLY"));
        bool named = false;
        std::vector<std::optional<std::string_view>> cells;
        const auto take = [&](const postgres::Rows& row) -> Result<void> {
            if (!named) {
                named = true;
                TIDEMARK_RETURN_IF_ERROR(sink.columns(row.column_names()));
            }
            cells.clear();
            for (int column = 0; column < row.column_count(); ++column) {
                cells.push_back(row.is_null(0, column) ? std::nullopt
                                                       : std::optional(row.text(0, column)));
            }
            return sink.row(cells);
        };
        TIDEMARK_RETURN_IF_ERROR(connection->query_each(query_, {}, take));
        return transaction.commit();
    }

 private:
    std::string url_;
    std::string query_;
};

}  // namespace

std::unique_ptr<RowQuery> make_postgres_query(std::string url, std::string query) {
    return std::make_unique<PostgresQuery>(std::move(url), std::move(query));
}

}  // namespace tidemark
