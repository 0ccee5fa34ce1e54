// Fields of the forms that narrow a page down. A form changes the address as soon as one of its
// fields is changed.

import type { Dataset } from "../api/datasets";
import { daysIn, isDay, plusDays, type DayRange } from "../base/days";
import { element, type Child } from "../base/dom";
import { columnWords } from "../base/words";

export function field(label: string, control: HTMLElement, wide = false): HTMLElement {
    return element("label", { class: wide ? "field field-wide" : "field" },
        element("span", {}, label), control);
}

export function select(
    name: string,
    options: [string, string][],
    chosen: string,
): HTMLSelectElement {
    return element("select", { name },
        ...options.map(([value, text]) =>
            element("option", { value, selected: value === chosen }, text)));
}

export function datasetSelect(datasets: Dataset[], chosen: string): HTMLSelectElement {
    return select("dataset", datasets.map(({ name }) => [name, name]), chosen);
}

export function columnSelect(columns: string[], chosen: string): HTMLSelectElement {
    return select("metric", columns.map((column) => [column, columnWords(column)]), chosen);
}

// From the first day through the last one: a person counts days, the service takes them half-open.
export class RangeFields {
    readonly from: HTMLInputElement;
    readonly through: HTMLInputElement;

    constructor(range: DayRange) {
        this.from = element("input", { type: "date", name: "from", required: true });
        this.through = element("input", { type: "date", name: "through", required: true });
        this.set(range);
    }

    set(range: DayRange): void {
        this.from.value = range.from;
        this.through.value = plusDays(range.to, -1);
    }

    // Nothing while one of them is being typed, or when the last day is before the first.
    get(): DayRange | null {
        const to = isDay(this.through.value) ? plusDays(this.through.value, 1) : "";
        const range = { from: this.from.value, to };
        return isDay(range.from) && isDay(to) && daysIn(range) > 0 ? range : null;
    }

    elements(): HTMLElement[] {
        return [field("From", this.from), field("Through", this.through)];
    }
}

export function rangeOf(query: URLSearchParams): DayRange | null {
    const from = query.get("from");
    const to = query.get("to");
    return isDay(from) && isDay(to) && from < to ? { from, to } : null;
}

// Calls `apply` when a field was changed or Enter was pressed.
export function filters(apply: () => void, ...fields: Child[]): HTMLFormElement {
    const form = element("form", { class: "filters", "aria-label": "What is shown" }, ...fields);
    // Enter in a field that was changed is both a change and a submission: once, and after both,
    // for another form may stand here then.
    let pending = 0;
    const soon = (): void => {
        window.clearTimeout(pending);
        pending = window.setTimeout(apply);
    };
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        soon();
    });
    form.addEventListener("change", soon);
    return form;
}
