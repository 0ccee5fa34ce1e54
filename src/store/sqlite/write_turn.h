#pragma once
// WriteTurn: who is the next to write to a SQLite file.
//
// SQLite gives its write lock to whoever asks just when it is free. Whoever has committed asks
// again at once while the others sleep between two looks, so a steady writer keeps a fold waiting
// for as long as it likes. Here one asks at a time: a writer takes the turn, keeps it until it has
// the write lock, and passes it on. Who has just committed then comes after who waits.
//
// The turn is a lock (fcntl(2), "Open file description locks") on an empty file beside the
// database, PATH-turn, which the system takes from a process that dies. It orders those who wait;
// that nobody writes beside somebody else is SQLite's own lock's doing.

#include <string>

#include "base/result.h"

namespace tidemark::sqlite {

// One thread at a time.
class WriteTurn {
 public:
    // Makes the file where it is missing, with the permissions of the database. Fails with
    // unavailable.
    static Result<WriteTurn> open(const std::string& database_path);
    WriteTurn() = default;  // open on no file
    WriteTurn(WriteTurn&& other) noexcept;
    WriteTurn& operator=(WriteTurn&& other) noexcept;
    ~WriteTurn();

    // False while another one has it.
    bool try_take();
    void pass_on();

 private:
    explicit WriteTurn(int fd) : fd_(fd) {}
    int fd_ = -1;
};

}  // namespace tidemark::sqlite
