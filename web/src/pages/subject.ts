// Subject: everything of one customer: each dataset that counts its kind of subject, what it
// stored against what it streamed, its high-water marks. Which analytics id belongs to which site
// is not known here and is never guessed: whoever knows it types both.

import { loadCatalogue, type Dataset } from "../api/datasets";
import { defaultRange } from "../api/default_range";
import { loadUsage, type UsageAnswer } from "../api/usage";
import { unitOf, type Amount } from "../base/amounts";
import { spokenDay, spokenRange, type DayRange } from "../base/days";
import { element } from "../base/dom";
import { columnWords, subjectWords } from "../base/words";
import { figure, figures } from "../view/figure";
import { filters, RangeFields, rangeOf } from "../view/fields";
import { emptyState, notice } from "../view/notice";
import { addressOf, type OpenPage, type Page } from "../view/page";
import { changeAddress } from "../view/router";
import { drawStoredPlot, type StoredAgainstStreamed } from "../view/stored_plot";
import { subjectField } from "../view/subject_field";
import { humanAmount } from "../view/table";
import { drawUsagePlot } from "../view/usage_plot";
import { usageTable } from "../view/usage_table";

interface View {
    named: Record<string, string>; // the subject's column -> who
    range: DayRange;
}

// What one dataset says of the subject.
interface Part {
    dataset: Dataset;
    subject: string;
    days: UsageAnswer;
    total: UsageAnswer;
    carried: UsageAnswer | null; // of a gauge: the days with what stood before carried on
}

type Undraw = () => void;

async function viewOf(query: URLSearchParams, datasets: Dataset[]): Promise<View> {
    const named: Record<string, string> = {};
    for (const { subject } of datasets) {
        const who = query.get(subject);
        if (who !== null && who !== "") {
            named[subject] = who;
        }
    }
    const shown = datasets.filter(({ subject }) => named[subject] !== undefined);
    const range = rangeOf(query) ??
        (await defaultRange((shown.length > 0 ? shown : datasets).map(({ name }) => name)));
    return { named, range };
}

async function loadPart(
    dataset: Dataset,
    subject: string,
    range: DayRange,
    signal: AbortSignal,
): Promise<Part> {
    const asked = { dataset: dataset.name, subjects: [subject], range };
    const gauge = dataset.kind === "gauge";
    const [days, total, carried] = await Promise.all([
        loadUsage({ ...asked, by: "day" }, signal),
        loadUsage({ ...asked, by: "total", fill: gauge ? "carry" : "none" }, signal),
        gauge ? loadUsage({ ...asked, by: "day", fill: "carry" }, signal) : null,
    ]);
    return { dataset, subject, days, total, carried };
}

function bytesMetric(part: Part): string | undefined {
    return part.dataset.metrics.find((metric) => unitOf(metric) === "bytes");
}

// The first counter and the first gauge of the same subject that both count bytes.
function storedAgainstStreamed(parts: Part[]): StoredAgainstStreamed | null {
    for (const gauge of parts) {
        const storedColumn = bytesMetric(gauge);
        const counter = parts.find((part) => part.dataset.kind === "counter" &&
            part.dataset.subject === gauge.dataset.subject && bytesMetric(part) !== undefined);
        const streamedColumn = counter === undefined ? undefined : bytesMetric(counter);
        if (gauge.carried !== null && storedColumn !== undefined && counter !== undefined &&
            streamedColumn !== undefined) {
            return {
                streamed: counter.days, streamedColumn,
                stored: gauge.carried, storedColumn, markColumn: `max_${storedColumn}`,
            };
        }
    }
    return null;
}

function dayOfMark(answer: UsageAnswer, column: string, mark: Amount): string {
    const row = answer.rows.find(({ values }) => mark !== null && values[column] === mark);
    return row === undefined ? "" : `reached on ${spokenDay(row.period)}`;
}

function figuresOf(part: Part): HTMLElement {
    const values = part.total.rows[0]?.values ?? {};
    const shown = part.dataset.columns.filter((column) => !column.startsWith("observed_"));
    return figures(...shown.map((column) => {
        const amount = values[column] ?? null;
        const note = column.startsWith("max_") && part.carried !== null
            ? dayOfMark(part.carried, column, amount)
            : part.dataset.kind === "gauge" ? "at the end of the range" : "in the range";
        return figure(columnWords(column), humanAmount(amount, column), note);
    }));
}

function cardOf(part: Part, range: DayRange, undraw: Undraw[]): HTMLElement {
    const { dataset, subject, days } = part;
    const empty = days.rows.every(({ noData }) => noData);
    const plots = element("div", { class: "plot-pair" });
    if (!empty && dataset.kind === "counter") {
        for (const metric of dataset.metrics) {
            const plot = element("figure", { class: "plot" });
            plots.append(plot);
            undraw.push(drawUsagePlot(plot, days, metric, false));
        }
    }
    const more = addressOf("/usage", {
        dataset: dataset.name, subject, from: range.from, to: range.to,
    });
    return element("section", {
            class: "results", "aria-label": dataset.name, "data-dataset": dataset.name,
        },
        element("div", { class: "result-head" },
            element("h2", {}, dataset.name),
            element("span", { class: "muted" }, `${subjectWords(dataset.subject)} ${subject}`),
            element("a", { href: more }, "Usage")),
        figuresOf(part),
        empty ? notice("plain", `No data of ${subject} in ${dataset.name}, ${spokenRange(range)}.`)
            : null,
        plots.hasChildNodes() ? plots : null,
        empty ? null : element("details", {},
            element("summary", {}, "By day"), usageTable(dataset, days, "day")));
}

class SubjectPage implements OpenPage {
    private readonly form = element("div");
    private readonly results = element("div", { class: "results" });
    private shownForm = "";
    private undraw: Undraw[] = [];

    constructor(target: HTMLElement) {
        target.append(element("h1", {}, "Subject"), this.form, this.results);
    }

    async refresh(signal: AbortSignal): Promise<void> {
        const { datasets } = await loadCatalogue();
        const view = await viewOf(new URLSearchParams(location.search), datasets);
        this.showForm(view, datasets);
        const shown = datasets.filter(({ subject }) => view.named[subject] !== undefined);
        const parts = await Promise.all(shown.map((dataset) =>
            loadPart(dataset, view.named[dataset.subject] ?? "", view.range, signal)));
        if (signal.aborted) {
            return;
        }
        this.show(view, parts);
    }

    close(): void {
        this.undraw.forEach((each) => each());
        this.undraw = [];
    }

    private show(view: View, parts: Part[]): void {
        const opened = new Set([...this.results.querySelectorAll<HTMLElement>("details[open]")]
            .map((each) => each.closest<HTMLElement>("[data-dataset]")?.dataset["dataset"]));
        this.close();
        if (parts.length === 0) {
            this.results.replaceChildren(emptyState("Whose usage?",
                element("p", {}, "Type a subject above: the field suggests those that used most. " +
                    "Which analytics id belongs to which site is not known here, so each has a " +
                    "field of its own."),
                element("p", {}, "Or choose one of those who use most: ",
                    element("a", { href: "/top" }, "Top"))));
            return;
        }
        const both = storedAgainstStreamed(parts);
        const plot = both === null ? null : element("figure", { class: "plot" });
        const cards = parts.map((part) => cardOf(part, view.range, this.undraw));
        this.results.replaceChildren(
            element("div", { class: "result-head" },
                element("h2", {}, Object.values(view.named).join(" · ")),
                element("span", { class: "muted" }, spokenRange(view.range))),
            ...(plot === null ? [] : [plot]), ...cards);
        for (const card of cards) {
            if (opened.has(card.dataset["dataset"])) {
                card.querySelector("details")?.setAttribute("open", "");
            }
        }
        if (plot !== null && both !== null) {
            this.undraw.push(drawStoredPlot(plot, both));
        }
    }

    private showForm(view: View, datasets: Dataset[]): void {
        const says = JSON.stringify(view);
        if (says === this.shownForm) {
            return;
        }
        this.shownForm = says;
        // Suggestions come from the first dataset of each kind of subject.
        const kinds = new Map<string, Dataset>();
        for (const dataset of datasets) {
            if (!kinds.has(dataset.subject)) {
                kinds.set(dataset.subject, dataset);
            }
        }
        const fields = [...kinds].map(([subject, dataset]) => ({
            subject,
            field: subjectField(dataset, view.range, view.named[subject] ?? "", subject, "nobody"),
        }));
        const range = new RangeFields(view.range);
        this.form.replaceChildren(filters(
            () => {
                const days = range.get();
                if (days !== null) {
                    const named = fields.map(({ subject, field }) =>
                        [subject, field.input.value.trim()]);
                    changeAddress(addressOf("/subject",
                        { ...Object.fromEntries(named), from: days.from, to: days.to }));
                }
            },
            ...fields.map(({ field }) => field.element), ...range.elements(),
            element("button", { type: "submit", class: "primary" }, "Show")));
    }
}

export const subjectPage: Page = {
    path: "/subject",
    title: "Subject",
    open: (target) => new SubjectPage(target),
};
