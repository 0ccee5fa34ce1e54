// An answer as a table: every digit, and of each period how complete it is.

import type { Dataset } from "../api/datasets";
import { completenessOf, type Completeness, type Period, type UsageAnswer } from "../api/usage";
import { spokenPeriod } from "../base/days";
import { element } from "../base/dom";
import { columnWords } from "../base/words";
import { chip, type Tone } from "./notice";
import { amountText, table, type Column } from "./table";
import { completenessWords } from "./usage_plot";

const tones: Record<Completeness, Tone> = {
    complete: "good",
    partial: "warn",
    open: "warn",
    unknown: "plain",
};

const periodWords: Record<Period, string> = {
    slot: "Half hour",
    day: "Day",
    month: "Month",
    total: "Range",
};

export function usageTable(dataset: Dataset, answer: UsageAnswer, by: Period): HTMLElement {
    const columns: Column[] = [
        { head: periodWords[by], kind: "text" },
        ...dataset.columns.map((column): Column => ({ head: columnWords(column), kind: "number" })),
        { head: "Completeness", kind: "text" },
    ];
    const rows = answer.rows.map((row) => {
        const completeness = completenessOf(answer, row.period);
        const complete = completeness === "complete";
        const words = completenessWords[completeness];
        return [
            element("th", { scope: "row", class: complete ? null : "marked" },
                spokenPeriod(row.period)),
            ...dataset.columns.map((column) => amountText(row.values[column] ?? null)),
            complete
                ? element("span", { class: "muted" }, words)
                : chip(tones[completeness], words),
        ];
    });
    return table(`Usage in ${dataset.name}`, columns, rows);
}
