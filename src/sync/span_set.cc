#include "sync/span_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidemark {

namespace {

bool begins_before(const Span& left, const Span& right) {
    return left.begin < right.begin;
}

}  // namespace

SpanSet SpanSet::of(std::vector<Span> spans) {
    if (!std::ranges::is_sorted(spans, begins_before)) {
        std::ranges::sort(spans, begins_before);
    }
    SpanSet set;
    for (const Span& span : spans) {
        if (span.begin >= span.end) {
            continue;
        }
        if (!set.spans_.empty() && span.begin <= set.spans_.back().end) {
            set.spans_.back().end = std::max(set.spans_.back().end, span.end);
        } else {
            set.spans_.push_back(span);
        }
    }
    return set;
}

std::int64_t SpanSet::size() const {
    std::int64_t count = 0;
    for (const Span& span : spans_) {
        count += span.end - span.begin;
    }
    return count;
}

std::optional<std::int64_t> SpanSet::end() const {
    return spans_.empty() ? std::nullopt : std::optional(spans_.back().end);
}

std::int64_t SpanSet::first_absent(std::int64_t from) const {
    const auto after =
        std::ranges::upper_bound(spans_, from, {}, [](const Span& span) { return span.begin; });
    if (after == spans_.begin()) {
        return from;
    }
    return std::max(from, std::prev(after)->end);
}

SpanSet SpanSet::united(const SpanSet& other) const {
    std::vector<Span> all;
    all.reserve(spans_.size() + other.spans_.size());
    std::ranges::merge(spans_, other.spans_, std::back_inserter(all), begins_before);
    return of(std::move(all));
}

SpanSet SpanSet::intersected(const SpanSet& other) const {
    SpanSet both;
    auto left = spans_.begin();
    auto right = other.spans_.begin();
    while (left != spans_.end() && right != other.spans_.end()) {
        const Span common{std::max(left->begin, right->begin), std::min(left->end, right->end)};
        if (common.begin < common.end) {
            both.spans_.push_back(common);
        }
        if (left->end < right->end) {
            ++left;
        } else {
            ++right;
        }
    }
    return both;
}

SpanSet SpanSet::without(const SpanSet& other) const {
    SpanSet rest;
    auto taken = other.spans_.begin();
    for (Span span : spans_) {
        while (taken != other.spans_.end() && taken->end <= span.begin) {
            ++taken;
        }
        // A span taken away may reach into the next of ours: it is looked at again from here.
        for (auto cut = taken; cut != other.spans_.end() && cut->begin < span.end; ++cut) {
            if (span.begin < cut->begin) {
                rest.spans_.push_back({span.begin, cut->begin});
            }
            span.begin = std::max(span.begin, cut->end);
        }
        if (span.begin < span.end) {
            rest.spans_.push_back(span);
        }
    }
    return rest;
}

SpanSet SpanSet::within(Span bounds) const {
    SpanSet inside;
    for (const Span& span : spans_) {
        const Span common{std::max(span.begin, bounds.begin), std::min(span.end, bounds.end)};
        if (common.begin < common.end) {
            inside.spans_.push_back(common);
        }
    }
    return inside;
}

}  // namespace tidemark
