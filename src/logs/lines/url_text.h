#pragma once
// The parts of a URL as a log line holds it: a path with its query ("/a/b?c=d"), an absolute URL
// ("https://host:443/a"), or something else that a client sent ("*", "host:443"). Nothing is
// percent-decoded unless it says so. Every answer is borrowed from the text.

#include <string>
#include <string_view>

namespace tidemark {

// An absolute URL's "host:443", with its user name and port; empty for others.
std::string_view find_authority(std::string_view url);

// The path, without query and fragment; "/" for an absolute URL that has none. Empty for a text
// that is neither absolute nor begins with '/'.
std::string_view find_path(std::string_view url);

// The query, without its '?' and the fragment.
std::string_view find_query(std::string_view url);

// The Nth segment of the URL's path, from 1: "b" is the second of "/a/b/c". Empty when there is no
// such segment or it is empty ("/", "//b").
std::string_view find_path_segment(std::string_view url, int segment);

// The value of the first parameter of that name, as written; `found` tells an empty value from
// none. Names are compared as written.
struct QueryValue {
    std::string_view text;
    bool found = false;
};
QueryValue find_query_value(std::string_view query, std::string_view name);

// Appends `text` to `decoded` with every %XX replaced by its byte; '+' stays '+'. False for a '%'
// that two hexadecimal digits do not follow (RFC 3986, section 2.1); `decoded` is undefined then.
bool percent_decode(std::string_view text, std::string& decoded);

}  // namespace tidemark
