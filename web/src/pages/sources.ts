// Sources: how far each dataset is complete, since when, and what holds it there.

import { loadSources, type Interval, type Source, type Sources } from "../api/sources";
import { spokenDuration } from "../base/days";
import { element } from "../base/dom";
import { count } from "../base/words";
import { coverageStrip, stripLegend } from "../view/coverage_strip";
import { figure, figures } from "../view/figure";
import { chip, commands, emptyState, notice } from "../view/notice";
import type { OpenPage, Page } from "../view/page";
import { instantOrUnknown, statusTones, statusWords, waitingText } from "../view/sync_words";
import { table } from "../view/table";

function overall(sources: Sources): HTMLElement {
    const { status, synced_through, stable_through, holding, excluded } = sources.overall;
    const held = holding.length > 0 ? `held back by ${holding.join(", ")}` : "";
    return element("section", { class: "card", "aria-label": "All required datasets" },
        element("div", { class: "result-head" },
            element("h2", {}, "All required datasets"),
            chip(statusTones[status], statusWords[status]),
            held ? element("span", { class: "muted" }, held) : null),
        figures(
            figure("Complete through", instantOrUnknown(synced_through)),
            figure("Nothing more is restated before", instantOrUnknown(stable_through))),
        excluded.length > 0
            ? notice("warn", `Without ${excluded.join(", ")}, which the configuration excludes.`)
            : null);
}

function metadata(sources: Sources): HTMLElement {
    const { origin, age_s, stale, warning } = sources.metadata;
    const age = age_s === null ? "" : `, ${spokenDuration(age_s)} old`;
    if (stale) {
        return notice("warn", `These figures come from ${origin}${age}, and no sync worker gives ` +
            "a sign of life: they may be behind.", commands("tidemark sync --watch"));
    }
    return element("p", { class: "muted" }, `From ${origin}${age}. ${warning}`);
}

function intervals(name: string, title: string, all: Interval[]): HTMLElement | null {
    if (all.length === 0) {
        return null;
    }
    const rows = all.map(([from, to]) => [
        instantOrUnknown(from), instantOrUnknown(to),
        spokenDuration((Date.parse(to) - Date.parse(from)) / 1000),
    ]);
    return element("details", { open: true },
        element("summary", {}, `${title} (${all.length})`),
        table(`${title} of ${name}`, [
            { head: "From", kind: "text" }, { head: "To", kind: "text" },
            { head: "Length", kind: "number" },
        ], rows));
}

function datasetCard(name: string, source: Source, now: string | null): HTMLElement {
    const required = source.excluded ? "excluded" : source.required ? "required" : "not required";
    return element("section", { class: "card", "aria-label": name, "data-dataset": name },
        element("div", { class: "result-head" },
            element("h2", {}, name),
            chip(statusTones[source.status], statusWords[source.status]),
            element("span", { class: "muted" }, `${source.kind}, ${required}`)),
        coverageStrip(name, source),
        figures(
            figure("Complete through", instantOrUnknown(source.synced_through)),
            figure("Stable through", instantOrUnknown(source.stable_through)),
            figure("Sealed up to (seam)", instantOrUnknown(source.seam)),
            figure("Seen through", instantOrUnknown(source.seen_through))),
        source.error ? notice("bad", source.error) : null,
        element("p", { class: "muted" }, waitingText(source, now),
            source.dirty && source.dirty.length > 0
                ? ` ${count(source.dirty.length, "sealed day")} will be restated.` : ""),
        intervals(name, "Gaps", source.gaps ?? []),
        intervals(name, "Declared lost", source.holes ?? []));
}

class SourcesPage implements OpenPage {
    private readonly results = element("div", { class: "results" });

    constructor(target: HTMLElement) {
        target.append(element("h1", {}, "Sources"), this.results);
    }

    async refresh(signal: AbortSignal): Promise<void> {
        const sources = await loadSources(signal);
        const names = Object.keys(sources.datasets);
        if (names.length === 0) {
            this.results.replaceChildren(emptyState("Nothing is known yet",
                element("p", {}, "The sync worker has not said how far the data is complete."),
                commands("tidemark sync")));
            return;
        }
        this.results.replaceChildren(
            overall(sources),
            element("p", {}, stripLegend()),
            ...names.map((name) =>
                datasetCard(name, sources.datasets[name] as Source, sources.now)),
            metadata(sources));
    }
}

export const sourcesPage: Page = {
    path: "/sources",
    title: "Sources",
    open: (target) => new SourcesPage(target),
};
