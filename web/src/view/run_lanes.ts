// Runs as lanes of time, one for each job on a dataset and feed: when it worked, how long, and
// how it ended.

import type { Run } from "../api/ledger";
import { spokenDuration, spokenInstant } from "../base/days";
import { element, svgElement } from "../base/dom";
import { count } from "../base/words";
import { legend } from "./legend";

const width = 1000;
const height = 18;
const narrowest = 3;

export function outcomeOf(run: Run): "running" | "succeeded" | "failed" | "silent" {
    return run.outcome === "running" && run.silent ? "silent" : run.outcome;
}

export const outcomeWords = {
    running: "running",
    succeeded: "succeeded",
    failed: "failed",
    silent: "never ended",
};

function begin(run: Run): number {
    return Date.parse(run.started_at);
}

function end(run: Run): number {
    return Date.parse(run.ended_at ?? run.heartbeat_at);
}

function laneName(run: Run): string {
    return [run.job, run.dataset, run.feed].filter((part) => part !== "").join(" · ");
}

function bar(run: Run, from: number, scale: number): SVGElement {
    const long = Math.max(narrowest, (end(run) - begin(run)) * scale);
    return svgElement("rect", {
        x: Math.min((begin(run) - from) * scale, width - long),
        y: 2,
        width: long,
        height: height - 4,
        rx: 1,
        class: `run-${outcomeOf(run)}`,
    }, svgElement("title", {}, `run ${run.run}: ${spokenInstant(run.started_at)}, ` +
        `${spokenDuration(run.took_s)}, ${outcomeWords[outcomeOf(run)]}`));
}

export function runLanes(runs: Run[]): HTMLElement {
    const from = Math.min(...runs.map(begin));
    const to = Math.max(...runs.map(end), from + 1000);
    const lanes = new Map<string, Run[]>();
    for (const run of runs) {
        lanes.set(laneName(run), [...(lanes.get(laneName(run)) ?? []), run]);
    }
    const instant = (time: number): string =>
        spokenInstant(new Date(time).toISOString().replace(/\.\d+Z$/, "Z"));
    const rows = [...lanes].sort().map(([name, all]) => {
        const failed = all.filter((run) => outcomeOf(run) !== "succeeded" &&
            outcomeOf(run) !== "running").length;
        const says = `${name}: ${count(all.length, "run")}` +
            (failed > 0 ? `, ${failed} not succeeded` : "");
        return element("div", { class: "lane" },
            element("span", { class: "lane-name" }, name),
            svgElement("svg", {
                viewBox: `0 0 ${width} ${height}`,
                preserveAspectRatio: "none",
                role: "img",
                "aria-label": says,
            }, ...all.map((run) => bar(run, from, width / (to - from)))));
    });
    return element("figure", { class: "plot lanes" },
        element("figcaption", {}, element("strong", {}, "When they worked"),
            legend([
                ["bars", "succeeded"], ["open", "running"], ["failed", "failed or never ended"],
            ])),
        ...rows,
        element("div", { class: "strip-ends lane-ends" },
            element("span", {}, instant(from)), element("span", {}, instant(to))));
}
