#pragma once
// The dashboard as it is answered: its page at the paths that its links lead to, and what the page
// loads. It asks the service under /v1 like anybody else, so it needs no store to be answered.

#include <optional>

#include "http/message.h"

namespace tidemark {

// Nothing for a path that is not the dashboard's, and for a method other than GET. The page may run
// only scripts and styles of its own, ask only the service that it came from, and be shown in no
// frame.
std::optional<http::Response> find_dashboard_file(const http::RequestHead& head);

}  // namespace tidemark
