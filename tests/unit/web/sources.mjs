// Loads a module of web/src as it stands, so that it is tested without a browser.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const web = new URL("../../../web/", import.meta.url);
const { buildSync } = createRequire(new URL("package.json", web))("esbuild");

export async function load(path) {
    const built = buildSync({
        entryPoints: [fileURLToPath(new URL(`src/${path}`, web))],
        bundle: true,
        format: "esm",
        target: "es2020",
        write: false,
    });
    const [{ contents }] = built.outputFiles;
    return import(`data:text/javascript;base64,${Buffer.from(contents).toString("base64")}`);
}
