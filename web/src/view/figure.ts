// A figure: one number that matters, with its name and what it means.

import { element, type Child } from "../base/dom";

export function figure(label: string, value: Child, note?: Child): HTMLElement {
    return element("div", { class: "figure" },
        element("dt", {}, label),
        element("dd", {}, element("span", { class: "figure-value" }, value),
            note ? element("span", { class: "figure-note" }, note) : null));
}

export function figures(...all: HTMLElement[]): HTMLElement {
    return element("dl", { class: "figures" }, ...all);
}
