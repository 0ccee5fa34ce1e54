// The dashboard in Debian's Chromium, on the real program: every page is clicked through, its
// numbers are compared with what the service answers, and those with `tidemark usage`.
//
// Screenshots of every page, in two widths and both themes, are left in TIDEMARK_SCREENSHOTS.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launchBrowser, require } from "./browser.mjs";
import { Service } from "./service.mjs";

const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const screenshots = process.env.TIDEMARK_SCREENSHOTS ?? "build/dashboard";
const scriptBytesMax = 150_000;
const range = "from=2025-06-01&to=2025-06-16";
const site = "xFsE2phN";
const huge = 2n ** 53n + 1n;
const player = "xFsE2phNGxJSZSApolz7UC";

const views = [
    ["usage", `/usage?dataset=cdn&${range}`],
    ["usage_slots", "/usage?dataset=cdn&from=2025-06-14&to=2025-06-16&by=slot"],
    ["usage_gauge", `/usage?dataset=media_storage&${range}&fill=carry`],
    ["usage_nothing", "/usage?dataset=cdn&from=2024-01-01&to=2024-02-01"],
    ["subject", `/subject?site_id=${site}&analytics_id=${player}&${range}`],
    ["subject_nobody", "/subject"],
    ["top", `/top?dataset=cdn&from=2025-06-08&to=2025-06-15&metric=bytes_streamed`],
    ["sources", "/sources"],
    ["runs", "/runs"],
    ["rejected", "/rejected?dataset=cdn"],
];

const service = new Service();
let browser;
let page;
const asked = []; // addresses that the page asked for
const complaints = []; // what the browser said on its console, or found thrown

// The demo's fortnight, a day after it that only one feed has begun to cover, and a dataset of
// somebody's own with numbers that a double does not hold.
function fill() {
    service.write("tidemark.toml", `[dataset.api]
kind = "counter"
subject = "account"
metrics = ["calls", "tokens"]
[sync.api]
required = false
`);
    service.run("demo", "--directory", ".", "--lines", "30000");
    const calls = `account,slot,calls,tokens\nacme,2025-06-15T00:30Z,1,${huge}\n`;
    service.run("batch", "--dataset", "api", "--feed", "gateway", "--key", "one",
        "--covers", "2025-06-15", service.write("calls.csv", calls));
    const rows = [0, 1, 2, 3, 4, 5].map((slot) =>
        `${site},2025-06-15T0${slot}:30Z,${40_000_000 + slot},7`);
    service.run("batch", "--dataset", "cdn", "--feed", "fastly", "--key", "begun",
        "--covers", "2025-06-15T00:00Z/2025-06-15T06:00Z",
        service.write("rows.csv", `site_id,slot,bytes_streamed,requests\n${rows.join("\n")}\n`));
    service.run("compact");
    service.run("sync");
}

async function newPage(options = {}) {
    const context = await browser.newContext({
        viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options,
    });
    const made = await context.newPage();
    made.on("request", (request) => asked.push(request.url()));
    made.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
            complaints.push(`${made.url()}: ${message.text()}`);
        }
    });
    made.on("pageerror", (error) => complaints.push(`${made.url()}: ${error}`));
    return made;
}

async function settled(shown = page) {
    await shown.waitForSelector('main[aria-busy="false"]');
}

async function open(address, shown = page) {
    await shown.goto(service.url + address);
    await settled(shown);
}

// A table by its caption: the texts of its cells, row by row.
function cells(caption, shown = page) {
    return shown.locator("table", { has: shown.locator("caption", { hasText: caption }) })
        .locator("tbody tr").evaluateAll((rows) => rows.map((row) =>
            [...row.children].map((cell) => cell.innerText.trim())));
}

// Of a number the page shows rounded, every digit.
function exactIn(locator) {
    return locator.locator("[data-exact]").evaluateAll((all) =>
        all.map((each) => each.getAttribute("data-exact")));
}

function grouped(value) {
    return value === null ? "no data" : BigInt(value).toLocaleString("en-US");
}

// Whole numbers beyond 2^53 must arrive whole here too.
async function getExactly(target) {
    const response = await fetch(service.url + target);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text.replace(/(?<=: )-?\d{16,}/g, (digits) => `"${digits}"`));
}

before(async () => {
    mkdirSync(screenshots, { recursive: true });
    fill();
    await service.start("--answers-only");
    browser = await launchBrowser();
    page = await newPage();
});

after(async () => {
    await browser?.close();
    await service.remove();
});

test("every page is reached by its link", async () => {
    await open("/");
    for (const title of ["Subject", "Top", "Sources", "Runs", "Rejected", "Usage"]) {
        await page.locator("nav a", { hasText: title }).click();
        await settled();
        assert.equal(await page.locator("h1").innerText(), title);
        assert.equal(await page.locator("nav [aria-current]").innerText(), title);
        assert.equal(new URL(page.url()).pathname, `/${title.toLowerCase()}`);
        assert.equal(await page.locator(".faults").innerText(), "");
    }
    await page.goBack();
    await settled();
    assert.equal(await page.locator("h1").innerText(), "Rejected");
});

test("usage shows the numbers of the service, which are those of the command line", async () => {
    const command = JSON.parse(service.run("usage", "--dataset", "cdn", "--from", "2025-06-01",
        "--to", "2025-06-16", "--format", "json"));
    for (const [by, rows] of [["day", 15], ["month", 1]]) {
        const answer = await getExactly(`/v1/usage?dataset=cdn&${range}&by=${by}`);
        await open(`/usage?dataset=cdn&${range}&by=${by}`);
        const shown = await cells("Usage in cdn");
        assert.equal(shown.length, rows);
        assert.deepEqual(shown.map((row) => row.slice(1, 3)), answer.rows.map((row) =>
            [grouped(row.bytes_streamed), grouped(row.requests)]));
    }
    const asJson = await service.get(`/v1/usage?dataset=cdn&${range}&by=day`);
    assert.deepEqual(asJson.rows, command.rows);
});

test("usage keeps every digit beyond what a double holds", async () => {
    await open("/usage?dataset=api&from=2025-06-15&to=2025-06-16&subject=acme&by=slot");
    const shown = await cells("Usage in api");
    assert.equal(shown.find(([period]) => period.includes("00:30"))[2], "9,007,199,254,740,993");
});

test("usage marks what is not complete", async () => {
    await open(`/usage?dataset=cdn&${range}&by=day`);
    const shown = await cells("Usage in cdn");
    assert.deepEqual(shown.map((row) => row[3]),
        [...Array(14).fill("complete"), "not complete yet"]);
    assert.match(await page.locator(".legend").innerText(), /complete through 15 Jun 2025, 00:00/);
    assert.equal(await page.locator(".result-head .chip").innerText(), "not complete yet");
});

test("usage of one subject is found by its form, and its address shows it again", async () => {
    await open(`/usage?dataset=cdn&${range}`);
    await page.locator("[name=subject]").focus();
    await page.waitForSelector("datalist option", { state: "attached" });
    await page.fill("[name=subject]", site);
    await page.keyboard.press("Enter");
    await page.waitForFunction((who) => location.search.includes(who), site);
    await settled();
    assert.equal(await page.locator(".result-head h2").innerText(), site);
    const first = await cells("Usage in cdn");
    const again = await newPage();
    await again.goto(page.url());
    await settled(again);
    assert.deepEqual(await cells("Usage in cdn", again), first);
    await again.context().close();
});

test("usage is downloaded as the service writes CSV", async () => {
    await open(`/usage?dataset=cdn&${range}&by=day`);
    const [download] = await Promise.all([
        page.waitForEvent("download"), page.locator("button", { hasText: "Download CSV" }).click(),
    ]);
    const expected = await fetch(`${service.url}/v1/usage?dataset=cdn&${range}&by=day`,
        { headers: { Accept: "text/csv" } });
    assert.equal(readFileSync(await download.path(), "utf8"), await expected.text());
    assert.equal(download.suggestedFilename(), "cdn_all_2025-06-01_2025-06-16_day.csv");
});

test("a gauge shows its high-water marks", async () => {
    const answer = await getExactly(`/v1/usage?dataset=media_storage&${range}&by=day&fill=carry`);
    await open(`/usage?dataset=media_storage&${range}&fill=carry`);
    const shown = await cells("Usage in media_storage");
    assert.deepEqual(shown.map((row) => row[2]),
        answer.rows.map((row) => grouped(row.max_bytes_stored)));
});

test("subject shows all that is counted of one customer", async () => {
    await open(`/subject?site_id=${site}&analytics_id=${player}&${range}`);
    for (const [dataset, who, fill] of [
        ["cdn", site, ""], ["ping", player, ""], ["media_storage", site, "&fill=carry"],
    ]) {
        const total = await getExactly(
            `/v1/usage?dataset=${dataset}&subject=${who}&${range}&by=total${fill}`);
        const { subject, period, ...values } = total.rows[0];
        assert.equal(subject, who);
        const shown = await exactIn(page.locator(`[data-dataset=${dataset}] dl`));
        const expected = Object.entries(values)
            .filter(([column]) => !column.startsWith("observed_"))
            .map(([, value]) => String(value));
        assert.deepEqual(shown, expected, dataset);
    }
    const both = page.locator("figcaption", { hasText: "Stored against streamed" });
    assert.equal(await both.count(), 1);
});

test("top shows who uses most, and the change against the days before", async () => {
    await open("/top?dataset=cdn&from=2025-06-08&to=2025-06-15&metric=requests&top=10");
    const now = await getExactly("/v1/usage?dataset=cdn&from=2025-06-08&to=2025-06-15" +
        "&by=total&top=10&metric=requests");
    const shown = await cells("Top 10 of cdn");
    assert.deepEqual(shown.map((row) => row[1]), now.rows.map((row) => row.subject));
    const exact = await exactIn(page.locator("tbody"));
    for (const [index, row] of now.rows.entries()) {
        const earlier = await getExactly("/v1/usage?dataset=cdn&from=2025-06-01&to=2025-06-08" +
            `&by=total&subject=${row.subject}`);
        const before = earlier.rows[0].requests;
        assert.equal(exact[2 * index], String(row.requests));
        assert.equal(exact[2 * index + 1], String(before));
        const percent = (100 * (row.requests - before)) / before;
        const said = Number(shown[index][3].replace("−", "-").replace(/[±+%,\s]/g, ""));
        assert.ok(Math.abs(said - percent) <= 0.5, `${shown[index][3]}: ${percent}`);
    }
});

test("sources shows how far each dataset is complete", async () => {
    const sources = await service.get("/v1/sources");
    await open("/sources");
    for (const [name, source] of Object.entries(sources.datasets)) {
        const shown = await page.locator(`[data-dataset=${name}] dl time`).evaluateAll((all) =>
            all.map((each) => each.getAttribute("datetime")));
        const expected = [source.synced_through, source.stable_through, source.seam,
                          source.seen_through].filter((instant) => instant !== null);
        assert.deepEqual(shown, expected, name);
    }
    assert.match(await page.locator("[data-dataset=cdn]").innerText(), /Waits for edgecast/);
});

test("runs shows every run with its rows", async () => {
    const { runs } = await service.get("/v1/runs?limit=200");
    await open("/runs");
    const shown = await cells("Runs, the newest first");
    assert.deepEqual(shown.map((row) => [row[0], row[1], row[6]]),
        runs.map((run) => [String(run.run), run.job, grouped(run.rows)]));
    await page.selectOption("[name=job]", "media");
    await page.waitForFunction(() => location.search.includes("job=media"));
    await settled();
    const { runs: ofMedia } = await service.get("/v1/runs?limit=200&job=media");
    assert.deepEqual((await cells("Runs, the newest first")).map(([run]) => run),
        ofMedia.map(({ run }) => String(run)));
});

test("rejected shows why, and what it looked like", async () => {
    const { batches } = await service.get("/v1/rejected?dataset=cdn&samples=25");
    assert.ok(batches.length > 0);
    const sums = {};
    for (const batch of batches) {
        for (const [reason, lines] of Object.entries(batch.rejected_by_reason)) {
            sums[`${reason} ${batch.feed}`] = (sums[`${reason} ${batch.feed}`] ?? 0) + lines;
        }
    }
    await open("/rejected?dataset=cdn");
    const shown = await cells("Rejected lines by reason and feed");
    assert.deepEqual(
        Object.fromEntries(shown.map(([reason, feed, lines]) => [`${reason} ${feed}`, lines])),
        Object.fromEntries(Object.entries(sums).map(([key, lines]) => [key, grouped(lines)])));
    const samples = await cells("Samples of rejected lines");
    assert.equal(samples.length, batches.flatMap((batch) => batch.samples).length);
});

test("every page looks right in two widths and both themes, and is accessible", async () => {
    for (const width of [1280, 390]) {
        for (const colorScheme of ["light", "dark"]) {
            const shown = await newPage({ viewport: { width, height: 900 }, colorScheme });
            for (const [name, address] of views) {
                await open(address, shown);
                await shown.screenshot({
                    path: join(screenshots, `${name}_${width}_${colorScheme}.png`), fullPage: true,
                });
                const overflow = await shown.evaluate(() =>
                    document.documentElement.scrollWidth - document.documentElement.clientWidth);
                assert.equal(overflow, 0, `${name} at ${width}: wider than the screen`);
                await shown.evaluate(axeSource);
                const { violations } = await shown.evaluate(() => globalThis.axe.run());
                assert.deepEqual(violations.map(({ id, nodes }) =>
                    `${id}: ${nodes.map((node) => node.html).join(" ").slice(0, 300)}`), [],
                    `${name} at ${width}, ${colorScheme}`);
            }
            await shown.context().close();
        }
    }
});

test("what arrives is shown by itself, and leaves the form as it is", async () => {
    await open("/usage?dataset=cdn&from=2025-06-15&to=2025-06-16&by=day");
    await page.waitForSelector(".live[data-state=live]");
    const before = (await cells("Usage in cdn"))[0][2];
    await page.locator("[name=subject]").pressSequentially("half a na");
    service.run("batch", "--dataset", "cdn", "--feed", "fastly", "--key", "more",
        service.write("more.csv",
            `site_id,slot,bytes_streamed,requests\n${site},2025-06-15T07:00Z,1000,3\n`));
    const after = grouped(BigInt(before.replaceAll(",", "")) + 3n);
    await page.waitForFunction((text) =>
        document.querySelector("tbody td + td")?.textContent === text, after);
    assert.equal(await page.inputValue("[name=subject]"), "half a na");
});

test("the theme is changed by its button, and stays", async () => {
    const shown = await newPage({ colorScheme: "light" });
    await open("/sources", shown);
    const ground = () => shown.evaluate(() =>
        getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await shown.locator(".theme-toggle").click();
    assert.notEqual(await ground(), light);
    await shown.reload();
    await settled(shown);
    assert.notEqual(await ground(), light);
    await shown.context().close();
});

test("the page is used by keyboard alone", async () => {
    await open("/sources");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    for (let step = 0; step < 3; step += 1) {
        await page.keyboard.press("Tab");
    }
    assert.equal(await page.evaluate(() => document.activeElement.innerText), "Subject");
    await page.keyboard.press("Enter");
    await settled();
    assert.equal(await page.locator("h1").innerText(), "Subject");
});

test("the scripts are small, and the first paint is there at once", async () => {
    const html = await (await fetch(`${service.url}/`)).text();
    const scripts = [...html.matchAll(/src="([^"]+\.js)"/g)].map(([, path]) => path);
    assert.ok(scripts.length > 0);
    let bytes = 0;
    for (const path of scripts) {
        const asset = await page.request.fetch(service.url + path, {
            headers: { "Accept-Encoding": "gzip" },
        });
        bytes += Number(asset.headers()["content-length"]);
        assert.equal(asset.headers()["content-encoding"], "gzip");
    }
    assert.ok(bytes < scriptBytesMax, `${bytes} bytes of scripts, at most ${scriptBytesMax}`);
    const fresh = await newPage();
    await open(`/usage?dataset=cdn&${range}`, fresh);
    const paint = await fresh.evaluate(() =>
        performance.getEntriesByName("first-contentful-paint")[0].startTime);
    await fresh.context().close();
    console.log(`scripts: ${bytes} bytes packed; first paint after ${Math.round(paint)} ms`);
});

test("nothing was asked of anybody else, and the browser had nothing to complain of", () => {
    const others = asked.filter((url) => !url.startsWith(`${service.url}/`) &&
        !url.startsWith(`blob:${service.url}/`));
    assert.deepEqual(others, []);
    assert.deepEqual(complaints, []);
});
