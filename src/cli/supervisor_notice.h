#pragma once
// Tells whoever started the process, systemd most likely, that it is ready: sd_notify(3).

#include "base/result.h"

namespace tidemark {

// One datagram "READY=1" to the socket that $NOTIFY_SOCKET names, a path or, with '@', an abstract
// name; nothing where it names none. Fails with unavailable, or with invalid_input for what cannot
// be a socket's name.
Result<void> notify_ready();

}  // namespace tidemark
