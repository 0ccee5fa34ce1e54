// What the colours and patterns of a plot mean.

import { element, type Child } from "../base/dom";

// Pairs of a swatch's class and its words; then whatever else is to be said.
export function legend(items: [string, string][], ...more: Child[]): HTMLElement {
    return element("span", { class: "legend" },
        ...items.map(([kind, words]) => element("span", { class: "legend-item" },
            element("span", { class: `swatch swatch-${kind}` }), words)),
        ...more);
}
