#pragma once
// An action of a store, done by a process that is killed over it.

#include <functional>
#include <memory>

#include "base/random.h"
#include "contract/store_factory.h"

namespace tidemark::test {

// Does the action in a process of its own, on a session of its own that `store` holds there, and
// kills it at some moment of the first 40 ms or after all is done and before it says so. `store` of
// the caller stays open; what the killed one had begun may hold its locks for a moment.
void kill_over(TestDatabase& database,
               std::unique_ptr<Store>& store,
               RandomStream& random,
               const std::function<void()>& action);

}  // namespace tidemark::test
