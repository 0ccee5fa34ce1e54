// Top: who uses most of a metric, and how that differs from as many days before.

import { loadCatalogue, type Dataset } from "../api/datasets";
import { defaultRange } from "../api/default_range";
import { loadUsage, type UsageAnswer, type UsageQuestion } from "../api/usage";
import { change, spokenChange, type Amount } from "../base/amounts";
import { previousRange, spokenRange, type DayRange } from "../base/days";
import { element, svgElement, type Child } from "../base/dom";
import { columnWords, subjectWords } from "../base/words";
import {
    datasetSelect, field, filters, RangeFields, rangeOf, select,
} from "../view/fields";
import { chip, commands, emptyState } from "../view/notice";
import { addressOf, type OpenPage, type Page } from "../view/page";
import { changeAddress } from "../view/router";
import { humanAmount, table } from "../view/table";

interface View {
    dataset: Dataset;
    range: DayRange;
    metric: string;
    top: number;
}

const sizes = ["10", "25", "100"];

async function viewOf(query: URLSearchParams): Promise<View | null> {
    const { datasets } = await loadCatalogue();
    const dataset = datasets.find(({ name }) => name === query.get("dataset")) ?? datasets[0];
    if (dataset === undefined) {
        return null;
    }
    const metric = query.get("metric") ?? "";
    const top = query.get("top") ?? "";
    return {
        dataset,
        range: rangeOf(query) ?? (await defaultRange([dataset.name])),
        metric: dataset.metrics.includes(metric) ? metric : (dataset.metrics[0] ?? ""),
        top: sizes.includes(top) ? Number(top) : 25,
    };
}

// A gauge is ranked by its marks.
function rankedColumn(view: View): string {
    return view.dataset.kind === "gauge" ? `max_${view.metric}` : view.metric;
}

function totalOf(view: View, range: DayRange, subjects: string[]): UsageQuestion {
    return { dataset: view.dataset.name, subjects, range, by: "total" };
}

interface Standing {
    subject: string;
    now: Amount;
    before: Amount;
}

function standings(view: View, now: UsageAnswer, before: UsageAnswer): Standing[] {
    const column = rankedColumn(view);
    const earlier = new Map(before.rows.map((row) => [row.subject, row.values[column] ?? null]));
    return now.rows.map((row) => ({
        subject: row.subject,
        now: row.values[column] ?? null,
        before: earlier.get(row.subject) ?? null,
    }));
}

function changeCell({ now, before }: Standing): Child {
    const percent = change(now, before);
    if (percent === null) {
        return element("span", { class: "no-data" }, before === null ? "new" : "was 0");
    }
    return spokenChange(percent);
}

function share(part: Amount, all: Amount): number {
    return part === null || all === null || all === 0n ? 0 : Number((part * 10_000n) / all) / 100;
}

function shareCell(percent: number): Child {
    return element("span", { class: "share" },
        svgElement("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none",
                            "aria-hidden": "true" },
            svgElement("rect", { width: 100, height: 8, class: "share-rest" }),
            svgElement("rect", { width: percent, height: 8, class: "share-part" })),
        `${percent.toFixed(1)} %`);
}

function standingsTable(view: View, all: Standing[], total: Amount): HTMLElement {
    const column = rankedColumn(view);
    return table(`Top ${view.top} of ${view.dataset.name}`, [
        { head: "Rank", kind: "number" },
        { head: subjectWords(view.dataset.subject), kind: "text" },
        { head: columnWords(column), kind: "number" },
        { head: "Change", kind: "number" },
        { head: "Before", kind: "number" },
        { head: "Share", kind: "number" },
    ], all.map((standing, index) => [
        String(index + 1),
        element("a", {
            href: addressOf("/subject", {
                [view.dataset.subject]: standing.subject,
                from: view.range.from,
                to: view.range.to,
            }),
        }, standing.subject),
        humanAmount(standing.now, column),
        changeCell(standing),
        humanAmount(standing.before, column),
        shareCell(share(standing.now, total)),
    ]));
}

class TopPage implements OpenPage {
    private readonly form = element("div");
    private readonly results = element("div", { class: "results" });
    private shownForm = "";

    constructor(target: HTMLElement) {
        target.append(element("h1", {}, "Top"), this.form, this.results);
    }

    async refresh(signal: AbortSignal): Promise<void> {
        const view = await viewOf(new URLSearchParams(location.search));
        if (view === null) {
            this.results.replaceChildren(emptyState("No dataset may be read with this key"));
            return;
        }
        await this.showForm(view);
        const [now, total] = await Promise.all([
            loadUsage({ ...totalOf(view, view.range, []), top: view.top, metric: view.metric },
                signal),
            loadUsage(totalOf(view, view.range, []), signal),
        ]);
        const subjects = now.rows.map(({ subject }) => subject);
        const earlier = previousRange(view.range);
        const before = subjects.length === 0
            ? now : await loadUsage(totalOf(view, earlier, subjects), signal);
        if (signal.aborted) {
            return;
        }
        this.show(view, standings(view, now, before), total, earlier);
    }

    private show(view: View, all: Standing[], total: UsageAnswer, earlier: DayRange): void {
        if (all.length === 0) {
            this.results.replaceChildren(emptyState(
                `Nobody used ${view.dataset.name}, ${spokenRange(view.range)}`,
                element("p", {}, "Choose other days, or bring some in:"),
                commands("tidemark demo")));
            return;
        }
        const open = Object.values(total.completeness).some((each) => each !== "complete");
        const sum = total.rows[0]?.values[rankedColumn(view)] ?? null;
        this.results.replaceChildren(
            element("div", { class: "result-head" },
                element("h2", {}, columnWords(rankedColumn(view))),
                element("span", { class: "muted" }, `${spokenRange(view.range)}, compared with ` +
                    spokenRange(earlier)),
                open ? chip("warn", "not complete yet") : chip("good", "complete")),
            standingsTable(view, all, sum),
            element("p", { class: "muted" }, "All subjects together: ",
                humanAmount(sum, rankedColumn(view)), "."));
    }

    private async showForm(view: View): Promise<void> {
        const says = JSON.stringify([view.dataset.name, view.range, view.metric, view.top]);
        if (says === this.shownForm) {
            return;
        }
        this.shownForm = says;
        const { datasets } = await loadCatalogue();
        const dataset = datasetSelect(datasets, view.dataset.name);
        const range = new RangeFields(view.range);
        const metric = select("metric",
            view.dataset.metrics.map((each) => [each, columnWords(each)]), view.metric);
        const top = select("top", sizes.map((size) => [size, size]), String(view.top));
        this.form.replaceChildren(filters(
            () => {
                const days = range.get();
                if (days !== null) {
                    changeAddress(addressOf("/top", {
                        dataset: dataset.value,
                        from: days.from,
                        to: days.to,
                        metric: dataset.value === view.dataset.name ? metric.value : "",
                        top: top.value,
                    }));
                }
            },
            field("Dataset", dataset), ...range.elements(), field("Metric", metric),
            field("Subjects", top)));
    }
}

export const topPage: Page = {
    path: "/top",
    title: "Top",
    open: (target) => new TopPage(target),
};
