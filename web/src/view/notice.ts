// Short messages: what is wrong, what is not there yet, and what to do about it.

import { element, type Child } from "../base/dom";

export type Tone = "good" | "warn" | "bad" | "plain";

export function notice(tone: Tone, text: string, ...more: Child[]): HTMLElement {
    return element("div", { class: `notice notice-${tone}`, role: tone === "bad" ? "alert" : null },
        element("p", {}, text), ...more);
}

// Stands where numbers would: says why there are none, and what to do next.
export function emptyState(title: string, ...next: Child[]): HTMLElement {
    return element("section", { class: "empty" },
        element("h2", {}, title),
        element("div", { class: "empty-next" }, ...next));
}

export function commands(...lines: string[]): HTMLElement {
    return element("pre", { class: "commands", tabindex: 0 }, lines.join("\n"));
}

export function chip(tone: Tone, text: string, title?: string): HTMLElement {
    return element("span", { class: `chip chip-${tone}`, title }, text);
}
