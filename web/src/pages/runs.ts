// Runs: what the workers did, when, how much, and what failed.

import { loadCatalogue } from "../api/datasets";
import { toBigInt } from "../api/exact_json";
import { loadRuns, type Run } from "../api/ledger";
import { spokenDuration, spokenStretch } from "../base/days";
import { element } from "../base/dom";
import { count } from "../base/words";
import { figure, figures } from "../view/figure";
import { field, filters, select } from "../view/fields";
import { chip, commands, emptyState, type Tone } from "../view/notice";
import { addressOf, type OpenPage, type Page } from "../view/page";
import { changeAddress } from "../view/router";
import { outcomeOf, outcomeWords, runLanes } from "../view/run_lanes";
import { instantOrUnknown } from "../view/sync_words";
import { amountText, humanAmount, table } from "../view/table";

const jobs = ["aggregate", "batch", "compact", "media", "serve", "sync"];
const limits = ["50", "200", "1000"];

const tones: Record<ReturnType<typeof outcomeOf>, Tone> = {
    succeeded: "good",
    running: "plain",
    failed: "bad",
    silent: "bad",
};

function sumUp(runs: Run[]): HTMLElement {
    const failed = runs.filter((run) => outcomeOf(run) === "failed").length;
    const silent = runs.filter((run) => outcomeOf(run) === "silent").length;
    const rows = runs.reduce((sum, run) => sum + toBigInt(run.rows), 0n);
    return figures(
        figure("Runs shown", String(runs.length)),
        figure("Failed", String(failed)),
        figure("Never ended", String(silent)),
        figure("Rows", humanAmount(rows, "rows")));
}

function runTable(runs: Run[]): HTMLElement {
    return table("Runs, the newest first", [
        { head: "Run", kind: "number" },
        { head: "Job", kind: "text" },
        { head: "Dataset", kind: "text" },
        { head: "Feed", kind: "text" },
        { head: "Began", kind: "text" },
        { head: "Took", kind: "number" },
        { head: "Rows", kind: "number" },
        { head: "Read", kind: "number" },
        { head: "Outcome", kind: "text" },
        { head: "Covered, or why it failed", kind: "text" },
    ], runs.map((run) => [
        String(run.run),
        run.job,
        run.dataset,
        run.feed,
        instantOrUnknown(run.started_at),
        spokenDuration(run.took_s),
        amountText(toBigInt(run.rows)),
        humanAmount(toBigInt(run.bytes), "bytes"),
        chip(tones[outcomeOf(run)], outcomeWords[outcomeOf(run)]),
        run.error !== "" ? run.error : coverageText(run.covered),
    ]));
}

function coverageText(covered: string[]): string {
    const first = covered[0] === undefined ? "" : spokenStretch(covered[0]);
    return covered.length < 2
        ? first : `${first} and ${count(covered.length - 1, "more stretch", "more stretches")}`;
}

class RunsPage implements OpenPage {
    private readonly form = element("div");
    private readonly results = element("div", { class: "results" });

    constructor(target: HTMLElement, private query: URLSearchParams) {
        target.append(element("h1", {}, "Runs"), this.form, this.results);
    }

    async refresh(signal: AbortSignal): Promise<void> {
        this.query = new URLSearchParams(location.search);
        const { datasets } = await loadCatalogue();
        const asked = {
            job: this.query.get("job") ?? "",
            dataset: this.query.get("dataset") ?? "",
            limit: limits.includes(this.query.get("limit") ?? "")
                ? Number(this.query.get("limit")) : 200,
        };
        if (!this.form.hasChildNodes()) {
            this.showForm(asked, datasets.map(({ name }) => name));
        }
        const runs = await loadRuns(asked, signal);
        if (runs.length === 0) {
            this.results.replaceChildren(emptyState("No such run",
                element("p", {}, "A worker that starts is listed here, and so is one that dies."),
                commands("tidemark aggregate --feed NAME FILE...", "tidemark compact")));
            return;
        }
        this.results.replaceChildren(sumUp(runs), runLanes(runs), runTable(runs));
    }

    private showForm(
        asked: { job: string; dataset: string; limit: number },
        datasets: string[],
    ): void {
        const named = (names: string[]): [string, string][] =>
            [["", "all"], ...names.map((name): [string, string] => [name, name])];
        const job = select("job", named(jobs), asked.job);
        const dataset = select("dataset", named(datasets), asked.dataset);
        const limit = select("limit", limits.map((each) => [each, each]), String(asked.limit));
        this.form.replaceChildren(filters(
            () => changeAddress(addressOf("/runs", {
                job: job.value, dataset: dataset.value, limit: limit.value,
            })),
            field("Job", job), field("Dataset", dataset), field("Newest", limit)));
    }
}

export const runsPage: Page = {
    path: "/runs",
    title: "Runs",
    open: (target, query) => new RunsPage(target, query),
};
