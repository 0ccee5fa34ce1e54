#pragma once
// Several usage questions asked as one: those that differ by their subjects alone cost a store
// hardly more together than one of them does.

#include <span>
#include <string>
#include <vector>

#include "report/usage_answer.h"

namespace tidemark {

// Whether the two differ by nothing but the subjects that each names, and each names some; or by
// nothing at all.
bool asked_alike(const UsageQuestion& left, const UsageQuestion& right);

// Of questions that are asked alike, at least one: the one that asks for all their subjects, each
// once.
UsageQuestion joined(std::span<const UsageQuestion* const> questions);

// What of the answer to joined() is the answer to each of them, in their order.
std::vector<UsageReport> shares_of(UsageReport answer,
                                   std::span<const UsageQuestion* const> questions);

}  // namespace tidemark
