#pragma once
// Backend: what one thread of the service works with.

#include <functional>
#include <memory>

#include "base/result.h"
#include "store/store.h"
#include "sync/snapshot_reader.h"

namespace tidemark {

// One thread at a time.
class Backend {
 public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    [[nodiscard]] virtual Store& store() = 0;

    // How far the datasets are complete, as SnapshotReader::read() says it.
    virtual KnownProgress read_progress() = 0;
};

// Called from the thread that will use it.
using BackendOpener = std::function<Result<std::unique_ptr<Backend>>()>;

}  // namespace tidemark
