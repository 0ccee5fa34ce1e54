#pragma once
// The collector's side of the service: pings in, an answer once they are on the disk. No store is
// asked, so no connection to it is needed, and any number of them shares one write.

#include <memory>

#include "http/server.h"
#include "serve/endpoint.h"

namespace tidemark {

// Answers a request of a route that collects pings; `answered` is called from the journal's thread,
// or at once where nothing is kept. Where it is documented: docs/http_api.md.
void collect_pings(const Setting& setting,
                   ServiceMetrics& metrics,
                   const http::Request& request,
                   http::Exchange::Answered answered);

}  // namespace tidemark
