// GET /v1/changes: server-sent events, one whenever something changed.

#include "serve/change_feed.h"
#include "serve/endpoint.h"
#include "serve/query_reader.h"

namespace tidemark {

Result<http::Response> get_changes(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    http::Response response = http::text_response(200, "text/event-stream", "");
    response.fields.set("Cache-Control", "no-store");
    response.events = call.changes.listen(call.access);
    return response;
}

}  // namespace tidemark
