#pragma once
// [[threshold]]: when usage is worth telling somebody.

#include <string>
#include <vector>

#include <toml++/toml.h>

#include "base/result.h"
#include "domain/dataset.h"
#include "threshold/threshold.h"
#include "toml/toml_reader.h"

namespace tidemark {

struct ThresholdConfiguration {
    Threshold threshold;  // its secret is not read yet
    std::string url;      // as written
    std::string secret_file;
};

// The tables under the key `threshold`; what is wrong is noted in the reader.
std::vector<ThresholdConfiguration> read_thresholds(TomlReader& root,
                                                    const std::string& file,
                                                    const std::vector<Dataset>& datasets);

// With their secrets: the contents of the files, without blanks at the end. Fails with
// invalid_input, naming the threshold, for a file that cannot be read or has less than 16 bytes.
Result<std::vector<Threshold>> load_thresholds(const std::vector<ThresholdConfiguration>& all);

// What to_toml() prints for them.
toml::array threshold_tables(const std::vector<ThresholdConfiguration>& all);

}  // namespace tidemark
