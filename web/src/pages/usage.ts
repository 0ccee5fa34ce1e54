// Usage: one dataset, of one subject or of all together, by half hour, day or month.

import { loadCatalogue, mainColumn, type Dataset } from "../api/datasets";
import { defaultRange } from "../api/default_range";
import {
    loadUsage, loadUsageCsv, type Period, type UsageAnswer, type UsageQuestion,
} from "../api/usage";
import { spokenRange, daysIn, type DayRange } from "../base/days";
import { element } from "../base/dom";
import { columnWords, subjectWords } from "../base/words";
import { figure, figures } from "../view/figure";
import {
    columnSelect, datasetSelect, field, filters, RangeFields, rangeOf, select,
} from "../view/fields";
import { chip, commands, emptyState, notice } from "../view/notice";
import { addressOf, type OpenPage, type Page } from "../view/page";
import { changeAddress } from "../view/router";
import { saveAs } from "../view/saving";
import { subjectField } from "../view/subject_field";
import { instantOrUnknown } from "../view/sync_words";
import { humanAmount } from "../view/table";
import { drawUsagePlot, incompleteFrom } from "../view/usage_plot";
import { usageTable } from "../view/usage_table";

interface View {
    dataset: Dataset;
    subject: string;
    range: DayRange;
    by: Period;
    metric: string;
    carry: boolean;
}

const slotDaysMax = 14;

function defaultPeriod(dataset: Dataset, range: DayRange): Period {
    const days = daysIn(range);
    if (days <= 2 && dataset.kind === "counter") {
        return "slot";
    }
    return days > 186 ? "month" : "day";
}

function periodOf(asked: string | null, dataset: Dataset, range: DayRange): Period {
    const fits = asked === "day" || asked === "month" ||
        (asked === "slot" && dataset.kind === "counter" && daysIn(range) <= slotDaysMax);
    return fits ? (asked as Period) : defaultPeriod(dataset, range);
}

async function viewOf(query: URLSearchParams): Promise<View | null> {
    const { datasets } = await loadCatalogue();
    const dataset = datasets.find(({ name }) => name === query.get("dataset")) ?? datasets[0];
    if (dataset === undefined) {
        return null;
    }
    const range = rangeOf(query) ?? (await defaultRange([dataset.name]));
    const metric = query.get("metric") ?? "";
    return {
        dataset,
        subject: query.get("subject") ?? "",
        range,
        by: periodOf(query.get("by"), dataset, range),
        metric: dataset.columns.includes(metric) ? metric : mainColumn(dataset),
        carry: dataset.kind === "gauge" && query.get("fill") === "carry",
    };
}

function addressOfView(view: View): string {
    return addressOf("/usage", {
        dataset: view.dataset.name,
        subject: view.subject,
        from: view.range.from,
        to: view.range.to,
        by: view.by,
        metric: view.metric,
        fill: view.carry ? "carry" : "",
    });
}

function questionOf(view: View, by: Period): UsageQuestion {
    return {
        dataset: view.dataset.name,
        subjects: view.subject === "" ? [] : [view.subject],
        range: view.range,
        by,
        fill: view.carry ? "carry" : "none",
    };
}

function formOf(view: View, datasets: Dataset[]): HTMLFormElement {
    const dataset = datasetSelect(datasets, view.dataset.name);
    const subject = subjectField(view.dataset, view.range, view.subject);
    const range = new RangeFields(view.range);
    const metric = columnSelect(view.dataset.columns, view.metric);
    const periods: [string, string][] = [["day", "Day"], ["month", "Month"]];
    if (view.dataset.kind === "counter" && daysIn(view.range) <= slotDaysMax) {
        periods.unshift(["slot", "Half hour"]);
    }
    const by = select("by", periods, view.by);
    const fill = element("input", { type: "checkbox", name: "fill", checked: view.carry });
    return filters(
        () => {
            const days = range.get();
            if (days !== null) {
                changeAddress(addressOf("/usage", {
                    dataset: dataset.value,
                    // Another dataset may count another kind of subject.
                    subject: dataset.value === view.dataset.name ? subject.input.value.trim() : "",
                    from: days.from,
                    to: days.to,
                    by: by.value,
                    metric: dataset.value === view.dataset.name ? metric.value : "",
                    fill: fill.checked ? "carry" : "",
                }));
            }
        },
        field("Dataset", dataset),
        subject.element,
        ...range.elements(),
        field("By", by),
        field("Metric", metric, true),
        view.dataset.kind === "gauge"
            ? element("label", { class: "check" }, fill, "Carry what stood before")
            : null,
        element("button", { type: "submit", class: "primary" }, "Show"),
    );
}

function headline(view: View, total: UsageAnswer, answer: UsageAnswer): HTMLElement {
    const row = total.rows[0];
    // What was merely observed is in the table.
    const shown = view.dataset.columns.filter((column) => !column.startsWith("observed_"));
    const all = shown.map((column) =>
        figure(columnWords(column), humanAmount(row?.values[column] ?? null, column)));
    return figures(...all, figure("Complete through", instantOrUnknown(answer.syncedThrough)));
}

function nothingThere(view: View): HTMLElement {
    const whose = view.subject === "" ? "" : ` of ${view.subject}`;
    return emptyState(
        `No data${whose} in ${view.dataset.name}, ${spokenRange(view.range)}`,
        element("p", {}, "No data is not zero: nothing was recorded there at all. ",
            view.subject === ""
                ? "Choose other days, or bring some in:"
                : `Is the ${subjectWords(view.dataset.subject)} spelt as in the logs?`),
        view.subject === ""
            ? commands(
                "tidemark demo                                  # a week to look at",
                `tidemark aggregate --feed NAME --dataset ${view.dataset.name} FILE...`)
            : element("p", {}, element("a", {
                href: addressOfView({ ...view, subject: "" }),
            }, "All subjects together")));
}

function remarks(answer: UsageAnswer, by: Period): HTMLElement[] {
    const said: HTMLElement[] = [];
    const gaps = answer.gaps.length;
    if (gaps > 0) {
        said.push(notice("warn", `${gaps === 1 ? "A gap lies" : `${gaps} gaps lie`} in this ` +
            "range: later data is there, and something before it is overdue. ",
            element("a", { href: "/sources" }, "Sources")));
    }
    if (answer.holes.length > 0) {
        said.push(notice("warn", "Part of this range was declared lost for good."));
    }
    if (by === "slot" && answer.purgedDays.length > 0) {
        said.push(notice("plain",
            `${answer.purgedDays.length} of these days have no half hours any more: their ` +
            "batches were purged. Ask by day."));
    }
    if (by === "slot" && answer.dayGrainedDays.length > 0) {
        said.push(notice("plain",
            `${answer.dayGrainedDays.length} of these days have usage that is known by the day ` +
            "alone; it stands in their first half hour."));
    }
    return said;
}

// Nothing where the browser lets a page have no clipboard, as without TLS; the address bar has the
// link as well.
function linkButton(view: View): HTMLElement[] {
    if (!window.isSecureContext) {
        return [];
    }
    const button = element("button", { type: "button" }, "Copy link");
    button.addEventListener("click", () => {
        const address = new URL(addressOfView(view), location.href).href;
        void navigator.clipboard.writeText(address).then(() => {
            button.textContent = "Copied";
        });
    });
    return [button];
}

class UsagePage implements OpenPage {
    private readonly form = element("div");
    private readonly results = element("div", { class: "results" });
    private shownForm = "";
    private undraw: () => void = () => undefined;

    constructor(target: HTMLElement) {
        target.append(element("h1", {}, "Usage"), this.form, this.results);
    }

    async refresh(signal: AbortSignal): Promise<void> {
        const { datasets } = await loadCatalogue();
        const view = await viewOf(new URLSearchParams(location.search));
        if (view === null) {
            this.results.replaceChildren(emptyState("No dataset may be read with this key"));
            return;
        }
        this.showForm(view, datasets);
        const [answer, total] = await Promise.all([
            loadUsage(questionOf(view, view.by), signal),
            loadUsage(questionOf(view, "total"), signal),
        ]);
        if (signal.aborted) {
            return;
        }
        this.show(view, answer, total);
    }

    close(): void {
        this.undraw();
    }

    // Kept while it says the same: who is typing is not disturbed by what arrives.
    private showForm(view: View, datasets: Dataset[]): void {
        const says = addressOfView(view);
        if (says !== this.shownForm) {
            const focused = document.activeElement?.getAttribute("name");
            this.form.replaceChildren(formOf(view, datasets));
            this.shownForm = says;
            if (focused) {
                this.form.querySelector<HTMLElement>(`[name="${focused}"]`)?.focus();
            }
        }
    }

    private show(view: View, answer: UsageAnswer, total: UsageAnswer): void {
        this.undraw();
        if (answer.rows.every(({ noData }) => noData)) {
            this.results.replaceChildren(nothingThere(view));
            return;
        }
        const plot = element("figure", { class: "plot" });
        this.results.replaceChildren(
            this.heading(view, answer),
            headline(view, total, answer),
            ...remarks(answer, view.by),
            plot,
            element("div", { class: "actions" }, ...this.actions(view)),
            usageTable(view.dataset, answer, view.by));
        this.undraw = drawUsagePlot(plot, answer, view.metric);
    }

    private heading(view: View, answer: UsageAnswer): HTMLElement {
        const open = incompleteFrom(answer) !== null;
        return element("div", { class: "result-head" },
            element("h2", {}, view.subject === "" ? "All subjects" : view.subject),
            element("span", { class: "muted" }, spokenRange(view.range)),
            open ? chip("warn", "not complete yet") : chip("good", "complete"));
    }

    private actions(view: View): HTMLElement[] {
        const download = element("button", { type: "button" }, "Download CSV");
        download.addEventListener("click", () => void this.download(view));
        const more = view.subject === "" ? [] : [element("a", {
            class: "button",
            href: addressOf("/subject", {
                [view.dataset.subject]: view.subject,
                from: view.range.from,
                to: view.range.to,
            }),
        }, `Everything of ${view.subject}`)];
        return [download, ...linkButton(view), ...more];
    }

    private async download(view: View): Promise<void> {
        const subject = view.subject === "" ? "all" : view.subject.replace(/[^\w.-]+/g, "_");
        const name = [view.dataset.name, subject, view.range.from, view.range.to, view.by];
        try {
            saveAs(`${name.join("_")}.csv`, await loadUsageCsv(questionOf(view, view.by)));
        } catch (failure) {
            this.results.prepend(notice("bad", `No file came: ${(failure as Error).message}`));
        }
    }
}

export const usagePage: Page = {
    path: "/usage",
    title: "Usage",
    open: (target) => new UsagePage(target),
};
