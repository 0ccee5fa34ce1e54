// Rejected: what was not understood or not possible, why, and what it looked like.

import { loadCatalogue, type Dataset } from "../api/datasets";
import { toBigInt } from "../api/exact_json";
import { loadRejected, type RejectedBatch } from "../api/ledger";
import { element } from "../base/dom";
import { field, filters, select } from "../view/fields";
import { commands, emptyState } from "../view/notice";
import { addressOf, type OpenPage, type Page } from "../view/page";
import { changeAddress } from "../view/router";
import { amountText, table } from "../view/table";

const samplesShown = 25;
const batchesShown = 50;

interface Sum {
    lines: bigint;
    batches: number;
}

function sumsByReason(batches: RejectedBatch[]): Map<string, Sum> {
    const sums = new Map<string, Sum>();
    for (const batch of batches) {
        for (const [reason, lines] of Object.entries(batch.rejected_by_reason)) {
            const key = `${reason}\n${batch.feed}`;
            const sum = sums.get(key) ?? { lines: 0n, batches: 0 };
            sums.set(key, { lines: sum.lines + toBigInt(lines), batches: sum.batches + 1 });
        }
    }
    return sums;
}

function reasonTable(dataset: string, batches: RejectedBatch[]): HTMLElement {
    const rows = [...sumsByReason(batches)]
        .sort(([, left], [, right]) => (left.lines < right.lines ? 1 : -1))
        .map(([key, { lines, batches: count }]) => {
            const [reason = "", feed = ""] = key.split("\n");
            return [
                element("a", { href: addressOf("/rejected", { dataset, feed, reason }) }, reason),
                feed, amountText(lines), amountText(BigInt(count)),
            ];
        });
    return table("Rejected lines by reason and feed", [
        { head: "Reason", kind: "text" }, { head: "Feed", kind: "text" },
        { head: "Lines", kind: "number" }, { head: "Batches", kind: "number" },
    ], rows);
}

function sampleTable(batches: RejectedBatch[]): HTMLElement | null {
    const rows = batches.flatMap((batch) => batch.samples.map((sample) => [
        batch.batch, String(sample.line), sample.reason,
        element("span", { class: "sample", title: sample.text }, sample.text),
    ]));
    return rows.length === 0 ? null : table("Samples of rejected lines", [
        { head: "Batch", kind: "text" }, { head: "Line", kind: "number" },
        { head: "Reason", kind: "text" }, { head: "What it said", kind: "text" },
    ], rows);
}

function batchTable(batches: RejectedBatch[]): HTMLElement {
    return table("Batches with rejected lines, the newest first", [
        { head: "Batch", kind: "text" }, { head: "Feed", kind: "text" },
        { head: "Rejected", kind: "number" }, { head: "Source", kind: "text" },
    ], batches.slice(0, batchesShown).map((batch) => [
        batch.batch, batch.feed, amountText(toBigInt(batch.rejected)),
        element("span", { class: "sample" }, batch.source),
    ]));
}

class RejectedPage implements OpenPage {
    private readonly form = element("div");
    private readonly results = element("div", { class: "results" });
    private shownForm = "";

    constructor(target: HTMLElement) {
        target.append(element("h1", {}, "Rejected"), this.form, this.results);
    }

    async refresh(signal: AbortSignal): Promise<void> {
        const query = new URLSearchParams(location.search);
        const all = (await loadCatalogue()).datasets;
        const datasets = all.filter(({ kind }) => kind === "counter");
        const dataset = datasets.find(({ name }) => name === query.get("dataset")) ?? datasets[0];
        if (dataset === undefined) {
            this.results.replaceChildren(emptyState("No counter dataset is declared"));
            return;
        }
        const asked = {
            dataset: dataset.name,
            feed: query.get("feed") ?? "",
            reason: query.get("reason") ?? "",
            samples: samplesShown,
        };
        this.showForm(asked, datasets);
        const batches = await loadRejected(asked, signal);
        this.show(asked, batches);
    }

    private show(asked: { dataset: string }, batches: RejectedBatch[]): void {
        if (batches.length === 0) {
            this.results.replaceChildren(emptyState(`Nothing was rejected in ${asked.dataset}`,
                element("p", {}, "Every line of the newest 1,000 batches was accepted, ignored by ",
                    "a rule, or a comment. To try a format without storing anything:"),
                commands("tidemark aggregate --dry-run --json --format NAME FILE")));
            return;
        }
        const samples = sampleTable(batches);
        this.results.replaceChildren(
            element("h2", {}, "Why"), reasonTable(asked.dataset, batches),
            ...(samples === null ? [] : [element("h2", {}, "What it looked like"), samples]),
            element("h2", {}, "In which batches"), batchTable(batches),
            element("p", { class: "muted" }, "Mended lines are sent with ",
                element("code", {}, "tidemark rejected --replay"), "."));
    }

    private showForm(
        asked: { dataset: string; feed: string; reason: string },
        datasets: Dataset[],
    ): void {
        const says = JSON.stringify(asked);
        if (says === this.shownForm) {
            return;
        }
        this.shownForm = says;
        const dataset = select("dataset", datasets.map(({ name }) => [name, name]), asked.dataset);
        const feed = element("input", { name: "feed", value: asked.feed, placeholder: "all" });
        const reason = element("input",
            { name: "reason", value: asked.reason, placeholder: "all" });
        this.form.replaceChildren(filters(
            () => changeAddress(addressOf("/rejected", {
                dataset: dataset.value, feed: feed.value.trim(), reason: reason.value.trim(),
            })),
            field("Dataset", dataset), field("Feed", feed), field("Reason", reason),
            element("button", { type: "submit", class: "primary" }, "Show")));
    }
}

export const rejectedPage: Page = {
    path: "/rejected",
    title: "Rejected",
    open: (target) => new RejectedPage(target),
};
