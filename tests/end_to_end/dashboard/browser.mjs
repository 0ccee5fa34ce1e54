// Debian's Chromium without a window.
import { createRequire } from "node:module";

export const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

export function launchBrowser() {
    return chromium.launch({
        executablePath: process.env.TIDEMARK_CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
}
