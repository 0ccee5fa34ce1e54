#include "contract/killing.h"

#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::test {

void kill_over(TestDatabase& database,
               std::unique_ptr<Store>& store,
               RandomStream& random,
               const std::function<void()>& action) {
    constexpr std::uint64_t longest_ms = 40;
    const bool when_done = random.chance(0.2);
    const std::uint64_t moment_ms = when_done ? 60'000 : random.below(random.below(longest_ms) + 1);
    int pipe[2] = {-1, -1};
    TIDEMARK_CHECK(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    TIDEMARK_CHECK(child >= 0);
    if (child == 0) {
        // Left alone: closing it would end the parent's session.
        static_cast<void>(store.release());
        store = database.open();
        static_cast<void>(::write(pipe[1], "b", 1));
        action();
        ::kill(::getpid(), SIGKILL);
    }
    ::close(pipe[1]);
    char begun = 0;
    TIDEMARK_CHECK(::read(pipe[0], &begun, 1) == 1);
    // Ends early when the child does.
    pollfd ended{.fd = pipe[0], .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&ended, 1, static_cast<int>(moment_ms)));
    ::kill(child, SIGKILL);
    TIDEMARK_CHECK(::waitpid(child, nullptr, 0) == child);
    ::close(pipe[0]);
}

}  // namespace tidemark::test
