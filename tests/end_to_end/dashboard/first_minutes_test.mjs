// A stranger's first five minutes, as the README tells them: its commands are run as they stand
// there, but for the program's path and the port.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { launchBrowser } from "./browser.mjs";
import { Service } from "./service.mjs";

const service = new Service();
let browser;

function readme() {
    const text = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
    const [, section] = text.split("## The first five minutes\n");
    return section.split("\n## ")[0];
}

// The indented lines, in order.
function commandsOf(section) {
    return section.split("\n").filter((line) => line.startsWith("    "))
        .map((line) => line.slice(4)).join("\n");
}

// The service learns of its first key within seconds; until then it asks nobody for one.
async function untilKeysAreAsked() {
    const deadline = Date.now() + 30_000;
    while ((await fetch(`${service.url}/v1/datasets`)).status !== 401) {
        assert.ok(Date.now() < deadline, "the service asks for no key");
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

before(async () => {
    await service.start();
    browser = await launchBrowser();
});

after(async () => {
    await browser?.close();
    await service.remove();
});

test("the README's first five minutes end with a plot", async () => {
    const section = readme();
    const [started, ...rest] = commandsOf(section).split("\n");
    assert.equal(started, "./run serve");
    const script = `${rest.join("\n")}\nprintf 'key %s\\n' "$KEY" >&2\n`
        .replaceAll("./run ", `${process.env.TIDEMARK_BINARY} `)
        .replaceAll("http://127.0.0.1:8080", service.url);
    const done = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
        cwd: service.folder, env: { ...process.env, TIDEMARK_STORE: service.store },
        encoding: "utf8",
    });
    assert.equal(done.status, 0, done.stderr);
    // Two documents, one after the other.
    const [receipt, usage] = JSON.parse(`[${done.stdout.replace(/^\}\n\{/m, "},\n{")}]`);
    assert.equal(receipt.already_stored, false);
    assert.equal(usage.rows[0].bytes_streamed, 81234567);

    const [, address] = /<http:\/\/127\.0\.0\.1:8080(\/usage[^>]*)>/.exec(section);
    await untilKeysAreAsked();
    const page = await browser.newPage();
    await page.goto(service.url + address);
    await page.fill("#key", /^key (tdm_\S+)$/m.exec(done.stderr)[1]);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".plot canvas");
    assert.equal(await page.locator(".figure [data-exact]").first().getAttribute("data-exact"),
        "81234567");
    assert.match(await page.locator("tbody").innerText(), /81,234,567/);
});
