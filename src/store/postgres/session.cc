#include "store/postgres/session.h"

#include <algorithm>

#include "store/postgres/schema.h"
#include "store/refusals.h"

namespace tidemark::postgres {

Result<std::unique_ptr<Session>> Session::open(const std::string& url, const Options& options) {
    std::unique_ptr<Session> session(new Session(url, options));
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const opened, session->ready());
    TIDEMARK_RETURN_IF_ERROR(migrate(*opened));
    return session;
}

Result<Connection*> Session::ready() {
    if (connection_ != nullptr) {
        connection_->roll_back();
        connection_->notice_end();
    }
    if (connection_ == nullptr || !connection_->alive()) {
        connection_ = nullptr;
        known_versions_ = {};
        own_events_.clear();
        TIDEMARK_ASSIGN_OR_RETURN(connection_, Connection::open(url_, options_.limits));
    }
    return connection_.get();
}

Result<Connection*> Session::connection() {
    return connection_ == nullptr ? ready() : Result<Connection*>(connection_.get());
}

Result<const DatasetTables*> Session::tables(std::string_view dataset) {
    if (const auto known = tables_.find(dataset); known != tables_.end()) {
        return &known->second;
    }
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const ready_connection, ready());
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> datasets,
                              load_datasets(*ready_connection));
    const auto found = std::ranges::find(datasets, dataset, &Dataset::name);
    if (found == datasets.end()) {
        return dataset_not_prepared(dataset);
    }
    return &tables_.emplace(dataset, tables_of(*ready_connection, *found)).first->second;
}

Result<const DatasetTables*> Session::counter(std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const found, tables(dataset));
    if (found->dataset.kind() == DatasetKind::gauge) {
        return dataset_is_gauge(dataset);
    }
    return found;
}

Result<const DatasetTables*> Session::gauge(std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const found, tables(dataset));
    if (found->dataset.kind() == DatasetKind::counter) {
        return dataset_is_counter(dataset);
    }
    return found;
}

Result<void> Session::ensure_partitions(const DatasetTables& tables, std::span<const UtcDay> days) {
    std::set<UtcDay>& known = partitions_[tables.dataset.name()];
    if (std::ranges::all_of(days, [&known](UtcDay day) { return known.contains(day); })) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const ready_connection, ready());
    TIDEMARK_RETURN_IF_ERROR(make_partitions(*ready_connection, tables, days));
    known.insert(days.begin(), days.end());
    return {};
}

}  // namespace tidemark::postgres
