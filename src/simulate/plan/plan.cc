#include "simulate/plan/plan.h"

#include <algorithm>

namespace tidemark::simulate {

bool is_per_row(ValueKind kind) {
    switch (kind) {
        case ValueKind::pool:
        case ValueKind::date:
        case ValueKind::integer:
        case ValueKind::number:
        case ValueKind::choice:
            return true;
        case ValueKind::constant:
        case ValueKind::writer:
        case ValueKind::run:
        case ValueKind::operation:
        case ValueKind::time:
            return false;
    }
    return false;
}

bool has_length(FaultKind kind) {
    switch (kind) {
        case FaultKind::pause:
        case FaultKind::lock:
        case FaultKind::black_hole:
        case FaultKind::delay:
        case FaultKind::disk_full:
            return true;
        case FaultKind::kill:
        case FaultKind::terminate:
        case FaultKind::restart:
            return false;
    }
    return false;
}

std::int64_t Writer::rows_max() const {
    std::int64_t most = trace.empty() ? rows : 0;
    for (const TracedRun& run : trace) {
        most = std::max(most, run.rows);
    }
    return most;
}

const Pool* Plan::find_pool(std::string_view name_wanted) const {
    for (const Pool& pool : pools) {
        if (pool.name == name_wanted) {
            return &pool;
        }
    }
    return nullptr;
}

const Writer* Plan::find_writer(std::string_view name_wanted) const {
    for (const Writer& writer : writers) {
        if (writer.name == name_wanted) {
            return &writer;
        }
    }
    return nullptr;
}

std::string_view to_string(Skew skew) {
    return skew == Skew::uniform ? "uniform" : "zipf";
}

std::string_view to_string(WriterKind kind) {
    switch (kind) {
        case WriterKind::stream:
            return "stream";
        case WriterKind::batch:
            return "batch";
        case WriterKind::copy:
            return "copy";
        case WriterKind::reads:
            return "reads";
    }
    return "unknown";
}

std::string_view to_string(Arrival arrival) {
    return arrival == Arrival::regular ? "regular" : "poisson";
}

std::string_view to_string(Overlap overlap) {
    switch (overlap) {
        case Overlap::skip:
            return "skip";
        case Overlap::queue:
            return "queue";
        case Overlap::allow:
            return "allow";
    }
    return "unknown";
}

std::string_view to_string(RowOrder order) {
    return order == RowOrder::sorted ? "sorted" : "random";
}

std::string_view to_string(Drawing drawing) {
    return drawing == Drawing::distinct ? "distinct" : "repeated";
}

std::string_view to_string(Isolation isolation) {
    switch (isolation) {
        case Isolation::read_committed:
            return "read committed";
        case Isolation::repeatable_read:
            return "repeatable read";
        case Isolation::serializable:
            return "serializable";
    }
    return "unknown";
}

std::string_view to_string(AmbiguousCommit ambiguous) {
    return ambiguous == AmbiguousCommit::resolve ? "resolve" : "retry";
}

std::string_view to_string(FaultKind kind) {
    switch (kind) {
        case FaultKind::kill:
            return "kill";
        case FaultKind::terminate:
            return "terminate";
        case FaultKind::pause:
            return "pause";
        case FaultKind::lock:
            return "lock";
        case FaultKind::restart:
            return "restart";
        case FaultKind::black_hole:
            return "black_hole";
        case FaultKind::delay:
            return "delay";
        case FaultKind::disk_full:
            return "disk_full";
    }
    return "unknown";
}

std::string_view to_string(Swallows swallows) {
    return swallows == Swallows::all ? "all" : "answers";
}

std::string_view to_string(HoleEnd end) {
    return end == HoleEnd::resume ? "resume" : "cut";
}

}  // namespace tidemark::simulate
