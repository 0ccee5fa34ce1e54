#pragma once
// The frame of every HTML report: one file with its style sheet, which asks no network for
// anything.

#include <string>

namespace tidemark::simulate {

// `title` is text; `body` is HTML: sections.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace tidemark::simulate
