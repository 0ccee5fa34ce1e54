#pragma once
// Completion of a half-typed command line, the same for every shell: the shells' scripts are short
// and ask the program itself, so they never know less than it does.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tidemark {

// What may stand in the place of the last of `words` (the words after the program's name; the last
// one is being typed, and may be empty): subcommands, or options when it begins with '-', each
// beginning with what is typed, in order. Empty where a value or a file belongs.
std::vector<std::string> complete(const CLI::App& app, std::span<const std::string> words);

// The script that makes `bash`, `zsh` or `fish` ask `tidemark completion --words`; nothing for any
// other name.
std::optional<std::string_view> completion_script(std::string_view shell);

}  // namespace tidemark
