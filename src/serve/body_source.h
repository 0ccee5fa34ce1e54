#pragma once
// A request's body as a source of bytes, unpacked as its Content-Encoding says.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/body.h"
#include "logs/byte_source.h"

namespace tidemark {

// `encoding`: "", "identity", "gzip" or "zstd", in any case. Borrows the body. Fails with
// invalid_input for another one; reading fails so beyond `expanded_bytes_max`.
Result<std::unique_ptr<ByteSource>> open_body(const http::RequestBody& body,
                                              std::string_view encoding,
                                              std::uint64_t expanded_bytes_max);

// All of it. Fails with invalid_input when it is longer than `bytes_max`.
Result<std::string> read_whole(ByteSource& source, std::size_t bytes_max);

}  // namespace tidemark
