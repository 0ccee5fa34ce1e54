#pragma once
// EventInput: the bytes of a file or a stream, with a limit on waiting for them.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"
#include "logs/byte_source.h"

namespace tidemark {

// One thread at a time.
class EventInput {
 public:
    enum class Got { bytes, nothing, end };

    EventInput() = default;
    EventInput(const EventInput&) = delete;
    EventInput& operator=(const EventInput&) = delete;
    virtual ~EventInput() = default;

    // Appends what is there, waiting at most so long for the first byte of it. Fails with
    // unavailable when it cannot be read, invalid_input when it is no valid compressed content.
    virtual Result<Got> read(std::string& to, std::chrono::milliseconds wait_max) = 0;
};

// A whole content, plain, gzip or zstd; "-" is standard input. Waits as long as it takes.
Result<std::unique_ptr<EventInput>> open_event_file(const std::string& path);

// What a source gives, to its end.
std::unique_ptr<EventInput> make_event_input(std::unique_ptr<ByteSource> source);

// A stream: standard input as "-", a pipe, or a file to which is still written, whose end is never
// reached. Plain only.
Result<std::unique_ptr<EventInput>> open_event_stream(const std::string& path);

}  // namespace tidemark
