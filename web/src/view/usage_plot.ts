// One column of an answer as bars: hatched where not everything is there yet, nothing where there
// is no data.

import { completenessOf, type UsageAnswer } from "../api/usage";
import { exactly, grouped, human, humanTick, unitOf } from "../base/amounts";
import { shortPeriod, spokenInstant, spokenPeriod } from "../base/days";
import { element } from "../base/dom";
import { columnWords } from "../base/words";
import { legend } from "./legend";
import { drawPlot } from "./plot";

export const completenessWords = {
    complete: "complete",
    partial: "something is missing",
    open: "not complete yet",
    unknown: "completeness unknown",
};

// The first of the periods at the end that are not complete; null when the last one is.
export function incompleteFrom(answer: UsageAnswer): number | null {
    let first: number | null = null;
    for (let index = answer.rows.length - 1; index >= 0; index -= 1) {
        if (completenessOf(answer, answer.rows[index]?.period ?? "") === "complete") {
            break;
        }
        first = index;
    }
    return first;
}

function tipOf(answer: UsageAnswer, column: string, index: number): string[] {
    const row = answer.rows[index];
    if (row === undefined) {
        return [];
    }
    const amount = row.values[column] ?? null;
    const unit = unitOf(column);
    const lines = [spokenPeriod(row.period)];
    if (amount === null) {
        lines.push("no data");
    } else {
        const rounded = human(amount, unit);
        lines.push(rounded);
        if (rounded !== grouped(amount)) {
            lines.push(exactly(amount, unit));
        }
    }
    const completeness = completenessOf(answer, row.period);
    if (completeness !== "complete") {
        lines.push(completenessWords[completeness]);
    }
    return lines;
}

function completenessLegend(openFrom: number | null, answer: UsageAnswer): HTMLElement | null {
    if (openFrom === null) {
        return null;
    }
    const through = answer.syncedThrough === null
        ? "how far the data is complete is not known"
        : `complete through ${spokenInstant(answer.syncedThrough)}`;
    return legend([["bars", "complete"], ["open", "not complete yet"]],
        element("span", { class: "muted" }, through));
}

// The legend belongs to the first of several plots of the same days.
export function drawUsagePlot(
    figure: HTMLElement,
    answer: UsageAnswer,
    column: string,
    withLegend = true,
): () => void {
    const unit = unitOf(column);
    const openFrom = incompleteFrom(answer);
    const amounts = answer.rows.map(({ values }) => values[column] ?? null);
    const complete = answer.rows.map(({ period }) => completenessOf(answer, period) === "complete");
    const number = (amount: bigint | null): number | null =>
        amount === null ? null : Number(amount);
    const box = element("div", { class: "plot-box" });
    figure.replaceChildren(
        element("figcaption", {},
            element("strong", {}, columnWords(column)),
            withLegend ? completenessLegend(openFrom, answer) : null),
        box);
    return drawPlot(box, {
        summary: `${columnWords(column)}, ${answer.rows.length} bars; the table below has every ` +
            "number",
        series: [
            { label: "complete", shape: "bars",
              values: amounts.map((each, index) => (complete[index] ? number(each) : null)) },
            { label: "not complete", shape: "open_bars",
              values: amounts.map((each, index) => (complete[index] ? null : number(each))) },
        ],
        ticks: (index) => shortPeriod(answer.rows[index]?.period ?? ""),
        tip: (index) => tipOf(answer, column, index),
        amount: (value) => humanTick(value, unit),
        openFrom,
    });
}
