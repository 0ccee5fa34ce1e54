#include "end_to_end/media_steps.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidemark::test {

Bytes stored_bytes(const TestStore& store) {
    const ProcessEnd end = store.run({"usage",
                                      "--dataset",
                                      "media_storage",
                                      "--from",
                                      "2026-11-01",
                                      "--to",
                                      "2026-11-02",
                                      "--top",
                                      "100000",
                                      "--format",
                                      "json"});
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    const nlohmann::json report = nlohmann::json::parse(end.output);
    Bytes bytes;
    for (const nlohmann::json& row : report["rows"]) {
        bytes[row["subject"]] = row["bytes_stored"];
    }
    return bytes;
}

}  // namespace tidemark::test
