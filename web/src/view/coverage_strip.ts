// How far a dataset is complete, as a strip of time: sealed days, then what is complete, then what
// was merely seen; gaps and holes upon it.

import { latestOf, type Interval, type Source } from "../api/sources";
import { spokenDay, spokenInstant } from "../base/days";
import { element, svgElement } from "../base/dom";
import { legend } from "./legend";

const daysShown = 31;
const width = 1000;
const height = 22;

function milliseconds(instant: string): number {
    return Date.parse(instant.length === 10 ? `${instant}T00:00:00Z` : instant);
}

interface Span {
    from: number;
    to: number;
}

function spanOf(source: Source): Span | null {
    const latest = latestOf(source);
    if (latest === null || source.origin === null) {
        return null;
    }
    const to = milliseconds(latest);
    const from = Math.max(milliseconds(source.origin), to - daysShown * 86_400_000);
    return from < to ? { from, to } : null;
}

function block(span: Span, [from, to]: Interval, kind: string, title: string): SVGElement | null {
    const begin = Math.max(milliseconds(from), span.from);
    const end = Math.min(milliseconds(to), span.to);
    if (end <= begin) {
        return null;
    }
    const scale = width / (span.to - span.from);
    return svgElement("rect", {
        x: (begin - span.from) * scale,
        y: 0,
        width: Math.max(2, (end - begin) * scale),
        height,
        class: `strip-${kind}`,
    }, svgElement("title", {}, `${title}: ${spokenInstant(from)} to ${spokenInstant(to)}`));
}

function instantOf(time: number): string {
    return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

// Nothing where nothing was ever seen.
export function coverageStrip(name: string, source: Source): HTMLElement | null {
    const span = spanOf(source);
    if (span === null) {
        return null;
    }
    const begin = instantOf(span.from);
    const seam = source.seam ?? begin;
    const synced = source.synced_through ?? begin;
    const blocks = [
        block(span, [begin, instantOf(span.to)], "seen", "seen, not complete"),
        block(span, [begin, synced], "synced", "complete"),
        block(span, [begin, seam], "sealed", "complete and sealed"),
        ...(source.gaps ?? []).map((gap) => block(span, gap, "gap", "gap")),
        ...(source.holes ?? []).map((hole) => block(span, hole, "hole", "declared lost")),
    ];
    return element("div", { class: "strip" },
        svgElement("svg", {
            viewBox: `0 0 ${width} ${height}`,
            preserveAspectRatio: "none",
            role: "img",
            "aria-label": `How far ${name} is complete, from ${spokenDay(begin.slice(0, 10))}`,
        }, ...blocks),
        element("div", { class: "strip-ends" },
            element("span", {}, spokenDay(begin.slice(0, 10))),
            element("span", {}, spokenInstant(instantOf(span.to)))));
}

export function stripLegend(): HTMLElement {
    return legend([
        ["sealed", "sealed"], ["synced", "complete"], ["seen", "seen, not complete"],
        ["gap", "gap"], ["hole", "declared lost"],
    ]);
}
