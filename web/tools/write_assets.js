// node write_assets.js DIST OUTPUT: writes the C++ source that embeds every file of DIST, as it is
// and packed (src/dashboard/assets.h).
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const mediaTypes = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
};

const [folder, output] = process.argv.slice(2);

function filesBelow(current) {
    return readdirSync(current, { withFileTypes: true }).flatMap((entry) => {
        const path = join(current, entry.name);
        return entry.isDirectory() ? filesBelow(path) : [path];
    }).sort();
}

// Numbers rather than a text: compilers need not take texts of more than 64 KiB.
function array(name, bytes) {
    const signed = Array.from(bytes, (byte) => (byte > 127 ? byte - 256 : byte));
    return `constexpr char ${name}[] = {${signed.join(",")}};\n`;
}

let arrays = "";
let table = "";
filesBelow(folder).forEach((path, index) => {
    const mediaType = mediaTypes[extname(path)];
    if (mediaType === undefined) {
        throw new Error(`${path}: no media type is known for it; add one to mediaTypes`);
    }
    const bytes = readFileSync(path);
    const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 24);
    const plain = `plain_${index}`;
    const packed = `packed_${index}`;
    arrays += array(plain, bytes) + array(packed, gzipSync(bytes, { level: 9 }));
    table += `    {"/${relative(folder, path)}", "${mediaType}", "W/\\"${digest}\\"",\n` +
        `     {${plain}, sizeof(${plain})}, {${packed}, sizeof(${packed})}},\n`;
});
writeFileSync(output, `// Generated from web/.
#include "dashboard/assets.h"

namespace tidemark {

namespace {

${arrays}
constexpr Asset assets[] = {
${table}};

}  // namespace

std::span<const Asset> dashboard_assets() {
    return assets;
}

}  // namespace tidemark
`);
