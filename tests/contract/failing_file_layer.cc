#include "contract/failing_file_layer.h"

#include <cstring>
#include <new>

#include <sqlite3.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

// SQLite calls back with plain pointers, so what the callbacks need is here.
struct Layer {
    std::string name = "failing";
    sqlite3_vfs* real = nullptr;
    sqlite3_vfs vfs{};
    sqlite3_io_methods methods{};
    std::int64_t calls_left = 0;  // until the first failing one
    bool armed = false;
    bool failed = false;
    int code = SQLITE_OK;
};

Layer& layer() {
    static Layer the_layer;
    return the_layer;
}

// SQLite's file: ours first, the real one behind it in the same allocation.
struct File {
    sqlite3_file base;
    sqlite3_file* real;
};

sqlite3_file* real_of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->real;
}

// The code that the call fails with, or SQLITE_OK when it is to be passed on.
int failure_of_call(int input_output_code) {
    Layer& state = layer();
    if (!state.armed || --state.calls_left > 0) {
        return SQLITE_OK;
    }
    state.failed = true;
    return state.code == SQLITE_FULL ? SQLITE_FULL : input_output_code;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const int code = failure_of_call(SQLITE_IOERR_WRITE);
    return code != SQLITE_OK ? code
                             : real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    const int code = failure_of_call(SQLITE_IOERR_TRUNCATE);
    return code != SQLITE_OK ? code : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
    const int code = failure_of_call(SQLITE_IOERR_FSYNC);
    return code != SQLITE_OK ? code : real_of(file)->pMethods->xSync(real_of(file), flags);
}

void pass_on(sqlite3_io_methods& methods) {
    methods.iVersion = 2;
    methods.xClose = [](sqlite3_file* file) {
        const int code = real_of(file)->pMethods->xClose(real_of(file));
        return code;
    };
    methods.xRead = [](sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
        return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
    };
    methods.xWrite = write_file;
    methods.xTruncate = truncate_file;
    methods.xSync = sync_file;
    methods.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
        return real_of(file)->pMethods->xFileSize(real_of(file), size);
    };
    methods.xLock = [](sqlite3_file* file, int lock) {
        return real_of(file)->pMethods->xLock(real_of(file), lock);
    };
    methods.xUnlock = [](sqlite3_file* file, int lock) {
        return real_of(file)->pMethods->xUnlock(real_of(file), lock);
    };
    methods.xCheckReservedLock = [](sqlite3_file* file, int* reserved) {
        return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
    };
    methods.xFileControl = [](sqlite3_file* file, int operation, void* argument) {
        return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
    };
    methods.xSectorSize = [](sqlite3_file* file) {
        return real_of(file)->pMethods->xSectorSize(real_of(file));
    };
    methods.xDeviceCharacteristics = [](sqlite3_file* file) {
        return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
    };
    methods.xShmMap = [](sqlite3_file* file, int page, int size, int extend, volatile void** map) {
        return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, map);
    };
    methods.xShmLock = [](sqlite3_file* file, int offset, int count, int flags) {
        return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
    };
    methods.xShmBarrier = [](sqlite3_file* file) {
        real_of(file)->pMethods->xShmBarrier(real_of(file));
    };
    methods.xShmUnmap = [](sqlite3_file* file, int remove) {
        return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
    };
}

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    auto* ours = new (file) File{};
    ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
    const int code = layer().real->xOpen(layer().real, path, ours->real, flags, out_flags);
    // Without methods SQLite does not close it.
    ours->base.pMethods = ours->real->pMethods == nullptr ? nullptr : &layer().methods;
    return code;
}

}  // namespace

FailingFileLayer::FailingFileLayer() {
    Layer& state = layer();
    state.real = sqlite3_vfs_find(nullptr);
    TIDEMARK_CHECK(state.real != nullptr);
    state.vfs = *state.real;
    state.vfs.zName = state.name.c_str();
    state.vfs.szOsFile = static_cast<int>(sizeof(File)) + state.real->szOsFile;
    state.vfs.xOpen = open_file;
    state.vfs.pNext = nullptr;
    state.methods = {};
    pass_on(state.methods);
    TIDEMARK_CHECK(sqlite3_vfs_register(&state.vfs, 0) == SQLITE_OK);
    heal();
}

FailingFileLayer::~FailingFileLayer() {
    heal();
    sqlite3_vfs_unregister(&layer().vfs);
}

const std::string& FailingFileLayer::name() const {
    return layer().name;
}

void FailingFileLayer::fail_from(std::int64_t call, DiskFailure failure) {
    Layer& state = layer();
    state.calls_left = call;
    state.armed = true;
    state.failed = false;
    state.code = failure == DiskFailure::full ? SQLITE_FULL : SQLITE_IOERR;
}

void FailingFileLayer::heal() {
    layer().armed = false;
}

bool FailingFileLayer::failed() const {
    return layer().failed;
}

}  // namespace tidemark::test
