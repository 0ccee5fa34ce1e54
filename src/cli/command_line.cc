#include "cli/command_line.h"

namespace tidemark {

int run_command_line(int /*argc*/, char** /*argv*/) {
    return 0;
}

}  // namespace tidemark
