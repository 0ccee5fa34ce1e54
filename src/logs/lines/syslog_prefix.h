#pragma once
// The prefix that a log shipper puts before each message.

#include <optional>
#include <string_view>

namespace tidemark {

// The message behind its prefix; the whole line when there is none; nothing when a prefix begins
// and does not end. Known are
//   <134>2016-07-04T22:37:26Z host tag[123]: MESSAGE        Fastly's `classic`, like RFC 3164
//   <134>1 2016-07-04T22:37:26Z host app 123 - [a@1 b="c"] MESSAGE         RFC 5424 (`loggly`)
//   83 <134>1 2016-07-04T22:37:26+00:00 host app 123 - MESSAGE            `logplex`, framed
// What the prefix says is not checked: its time is when the line was sent, not when the request
// ended.
std::optional<std::string_view> skip_syslog_prefix(std::string_view line);

}  // namespace tidemark
