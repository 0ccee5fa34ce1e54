// What a subject stored against what was streamed of it: bars a day for what was streamed, a line
// for what was stored, a dashed one for each day's high-water mark. All in bytes, on one axis.

import { completenessOf, type UsageAnswer } from "../api/usage";
import { exactly, human, humanTick, type Amount } from "../base/amounts";
import { shortPeriod, spokenPeriod } from "../base/days";
import { element } from "../base/dom";
import { columnWords } from "../base/words";
import { legend } from "./legend";
import { drawPlot } from "./plot";
import { completenessWords, incompleteFrom } from "./usage_plot";

export interface StoredAgainstStreamed {
    streamed: UsageAnswer; // by day
    streamedColumn: string;
    stored: UsageAnswer; // by the same days, carried
    storedColumn: string;
    markColumn: string;
}

function numbers(answer: UsageAnswer, column: string): (number | null)[] {
    return answer.rows.map(({ values }) => {
        const amount = values[column] ?? null;
        return amount === null ? null : Number(amount);
    });
}

function said(words: string, amount: Amount): string {
    return amount === null
        ? `${words}: no data`
        : `${words}: ${human(amount, "bytes")} (${exactly(amount, "bytes")})`;
}

export function drawStoredPlot(figure: HTMLElement, shown: StoredAgainstStreamed): () => void {
    const { streamed, stored } = shown;
    const bars = numbers(streamed, shown.streamedColumn);
    const complete = streamed.rows.map(({ period }) =>
        completenessOf(streamed, period) === "complete");
    const box = element("div", { class: "plot-box" });
    figure.replaceChildren(
        element("figcaption", {}, element("strong", {}, "Stored against streamed"), legend([
            ["bars", "streamed a day"], ["line", "stored"], ["dashed", "high-water mark"],
        ])),
        box);
    return drawPlot(box, {
        summary: `${columnWords(shown.streamedColumn)} by day as bars, ` +
            `${columnWords(shown.storedColumn)} as a line; the tables below have every number`,
        series: [
            { label: "streamed", shape: "bars",
              values: bars.map((each, index) => (complete[index] ? each : null)) },
            { label: "streamed, not complete", shape: "open_bars",
              values: bars.map((each, index) => (complete[index] ? null : each)) },
            { label: "stored", shape: "line", values: numbers(stored, shown.storedColumn) },
            { label: "mark", shape: "dashed_line", values: numbers(stored, shown.markColumn) },
        ],
        ticks: (index) => shortPeriod(streamed.rows[index]?.period ?? ""),
        tip: (index) => {
            const row = streamed.rows[index];
            const held = stored.rows[index];
            const completeness = completenessOf(streamed, row?.period ?? "");
            return [
                spokenPeriod(row?.period ?? ""),
                said("streamed", row?.values[shown.streamedColumn] ?? null),
                said("stored", held?.values[shown.storedColumn] ?? null),
                said("high-water mark", held?.values[shown.markColumn] ?? null),
                ...(completeness === "complete" ? [] : [completenessWords[completeness]]),
            ];
        },
        amount: (value) => humanTick(value, "bytes"),
        openFrom: incompleteFrom(streamed),
    });
}
