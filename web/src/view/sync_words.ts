// What the states of synchronisation are called, and how alarming they are.

import type { Source, SyncStatus } from "../api/sources";
import { spokenDuration, spokenInstant } from "../base/days";
import { element } from "../base/dom";
import type { Tone } from "./notice";

export const statusTones: Record<SyncStatus, Tone> = {
    ok: "good",
    late: "warn",
    gap: "warn",
    stale: "bad",
    regressed: "bad",
    down: "bad",
    unknown: "plain",
};

export const statusWords: Record<SyncStatus, string> = {
    ok: "in time",
    late: "late",
    gap: "has a gap",
    stale: "stale",
    regressed: "went backwards",
    down: "could not be read",
    unknown: "never complete",
};

export function instantOrUnknown(instant: string | null): HTMLElement {
    return instant === null
        ? element("span", { class: "no-data" }, "unknown")
        : element("time", { datetime: instant }, spokenInstant(instant));
}

// What holds a dataset where it is: "waits for edgecast, fastly, due by 2 Jun 2025, 01:15 UTC".
export function waitingText(source: Source, now: string | null): string {
    const parts: string[] = [];
    const feeds = source.waiting_for ?? [];
    parts.push(feeds.length > 0 ? `Waits for ${feeds.join(", ")}` : "Waits for what comes next");
    if (source.due_at) {
        const late = now === null ? 0 : (Date.parse(now) - Date.parse(source.due_at)) / 1000;
        const how = late > 0 ? `${spokenDuration(late)} overdue` : `in ${spokenDuration(-late)}`;
        parts.push(`due by ${spokenInstant(source.due_at)} (${how})`);
    }
    return `${parts.join(", ")}.`;
}
