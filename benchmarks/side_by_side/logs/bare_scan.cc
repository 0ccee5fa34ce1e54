// bare_scan FILE THREADS: bytes and requests by site of a combined log, nothing validated.
//
// The floor that a careful reader is measured against: mmap, memchr to the few marks that matter,
// an open-addressing table. It believes every line, knows only sites of eight characters, and
// reads no time at all.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

struct Site {
    std::uint64_t name = 0;  // its eight characters; 0: free
    std::uint64_t bytes = 0;
    std::uint64_t requests = 0;
};

class Sites {
 public:
    void add(std::uint64_t name, std::uint64_t bytes, std::uint64_t requests) {
        std::size_t place = (name * 0x9E3779B97F4A7C15U) >> 46U;
        while (cells_[place].name != 0 && cells_[place].name != name) {
            place = (place + 1) % cells_.size();
        }
        cells_[place].name = name;
        cells_[place].bytes += bytes;
        cells_[place].requests += requests;
    }

    const std::vector<Site>& cells() const { return cells_; }

 private:
    std::vector<Site> cells_ = std::vector<Site>(std::size_t{1} << 18U);
};

const char* find(const char* from, const char* end, char mark) {
    const void* found = std::memchr(from, mark, static_cast<std::size_t>(end - from));
    return found == nullptr ? end : static_cast<const char*>(found);
}

void scan(const char* line, const char* end, Sites& sites) {
    while (line < end) {
        const char* const line_end = find(line, end, '\n');
        const char* const request = find(line, line_end, '"');
        const char* const path = find(request, line_end, '/');
        const char* const request_end = find(path, line_end, '"');
        const char* digit = request_end + 6;  // behind `" 200 `
        if (digit < line_end) {
            std::uint64_t name = 0;
            std::memcpy(&name, path + 1, sizeof name);
            std::uint64_t bytes = 0;
            for (; digit < line_end && *digit >= '0' && *digit <= '9'; ++digit) {
                bytes = bytes * 10 + static_cast<std::uint64_t>(*digit - '0');
            }
            sites.add(name, bytes, 1);
        }
        line = line_end + 1;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: bare_scan FILE THREADS\n", stderr);
        return 2;
    }
    const int file = open(argv[1], O_RDONLY);
    struct stat status {};
    if (file < 0 || fstat(file, &status) != 0) {
        std::perror(argv[1]);
        return 1;
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) {
        std::perror("mmap");
        return 1;
    }
    madvise(mapped, size, MADV_SEQUENTIAL);
    const char* const text = static_cast<const char*>(mapped);
    const auto thread_count = static_cast<std::size_t>(std::atoi(argv[2]));
    std::vector<Sites> parts(thread_count);
    std::vector<std::thread> threads;
    const char* begin = text;
    for (std::size_t part = 0; part < thread_count; ++part) {
        const char* const aim = text + size * (part + 1) / thread_count;
        const char* const end =
            part + 1 == thread_count ? text + size : find(aim, text + size, '\n') + 1;
        threads.emplace_back(scan, begin, end, std::ref(parts[part]));
        begin = end;
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    Sites all;
    for (const Sites& part : parts) {
        for (const Site& site : part.cells()) {
            if (site.name != 0) {
                all.add(site.name, site.bytes, site.requests);
            }
        }
    }
    std::uint64_t bytes = 0;
    std::uint64_t requests = 0;
    std::size_t count = 0;
    for (const Site& site : all.cells()) {
        bytes += site.bytes;
        requests += site.requests;
        count += site.name != 0 ? 1 : 0;
    }
    std::printf("%lu %lu %zu\n", bytes, requests, count);
    return 0;
}
