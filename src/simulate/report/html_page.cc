#include "simulate/report/html_page.h"

#include <fmt/format.h>

#include "simulate/report/markup.h"

namespace tidemark::simulate {

namespace {

constexpr const char* style = R"css(
:root{--ink:#1c2430;--soft:#5b6675;--rule:#d9dee5;--paper:#fff;--blue:#2f6fb2;--green:#2d8a55;
--amber:#b7791f;--red:#c0392b}
*{box-sizing:border-box}body{margin:0;background:#f4f6f8;color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1000px;margin:0 auto;padding:24px 16px 60px}
section{background:var(--paper);border:1px solid var(--rule);border-radius:8px;padding:16px 20px;
margin:16px 0}
h1{font-size:22px;margin:0 0 4px}h2{font-size:17px;margin:0 0 8px}p{margin:6px 0}
.soft{color:var(--soft)}.verdict{border-left:8px solid var(--green)}
.verdict.at_risk{border-color:var(--amber)}.verdict.not_adequate{border-color:var(--red)}
.verdict.invalid{border-color:var(--soft)}.verdict strong{font-size:26px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--rule);
vertical-align:top}th{color:var(--soft);font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.broken{color:var(--red);font-weight:600}.at_risk_word{color:var(--amber);font-weight:600}
.held{color:var(--green)}.unproven{color:var(--soft)}
svg{width:100%;height:auto;display:block;margin:10px 0}
.title{font:600 12px system-ui,sans-serif;fill:var(--ink)}
.mark{font:10.5px system-ui,sans-serif;fill:var(--soft);text-anchor:end}
.time{font:10.5px system-ui,sans-serif;fill:var(--soft);text-anchor:middle}
.legend{font:600 11px system-ui,sans-serif;text-anchor:end}
.grid{stroke:var(--rule);stroke-width:1}
.limit{stroke:var(--red);stroke-width:1;stroke-dasharray:5 4}
.line{fill:none;stroke-width:1.4;stroke-linecap:round}
.a{stroke:var(--blue)}.b{stroke:var(--amber)}.c{stroke:var(--red)}
.d{stroke:var(--green)}text.a{fill:var(--blue);stroke:none}text.b{fill:var(--amber);stroke:none}
text.c{fill:var(--red);stroke:none}text.d{fill:var(--green);stroke:none}
.fault{fill:var(--red);fill-opacity:.25}.batch{fill:var(--blue);fill-opacity:.09}
.checkpoint{fill:#6b7280;fill-opacity:.35}.heat{fill:var(--blue)}
pre{background:#f4f6f8;padding:10px;overflow-x:auto;border-radius:6px;font-size:13px}
.a_word{color:var(--blue)}.b_word{color:var(--amber)}.strip{width:260px;margin:2px 0}
.dot_a{fill:var(--blue);fill-opacity:.6}.dot_b{fill:var(--amber);fill-opacity:.6}
)css";

}  // namespace

std::string html_page(const std::string& title, const std::string& body) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>{}</title><style>{}</style></head>"
        "<body><main>\n{}</main></body></html>\n",
        markup_text(title),
        style,
        body);
}

}  // namespace tidemark::simulate
