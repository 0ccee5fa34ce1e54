// Tables of numbers: aligned, with a caption for those who do not see them, in a box that scrolls
// by itself where the screen is narrow.

import { exactly, grouped, human, unitOf, type Amount } from "../base/amounts";
import { element, type Child } from "../base/dom";

export interface Column {
    head: string;
    kind: "text" | "number";
}

export type Cell = Child | HTMLTableCellElement;

export function table(caption: string, columns: Column[], rows: Cell[][]): HTMLElement {
    const heads = columns.map(({ head, kind }) =>
        element("th", { scope: "col", class: kind === "number" ? "number" : null }, head));
    const body = rows.map((cells) => element("tr", {}, ...cells.map((cell, index) => {
        if (cell instanceof HTMLTableCellElement) {
            return cell;
        }
        const kind = columns[index]?.kind;
        return index === 0
            ? element("th", { scope: "row", class: kind === "number" ? "number" : null }, cell)
            : element("td", { class: kind === "number" ? "number" : null }, cell);
    })));
    return element("div", {
            class: "table-box", tabindex: 0, role: "region", "aria-label": caption,
        },
        element("table", {},
            element("caption", {}, caption),
            element("thead", {}, element("tr", {}, ...heads)),
            element("tbody", {}, ...body)));
}

// All digits of an amount; "no data" is said, never 0.
export function amountText(amount: Amount): Child {
    return amount === null
        ? element("span", { class: "no-data" }, "no data")
        : grouped(amount);
}

// For people, with all digits on hover.
export function humanAmount(amount: Amount, metric: string): HTMLElement {
    if (amount === null) {
        return element("span", { class: "no-data" }, "no data");
    }
    const unit = unitOf(metric);
    return element("span", { title: exactly(amount, unit), "data-exact": amount.toString() },
        human(amount, unit));
}
