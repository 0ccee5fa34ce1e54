// Which days a page shows when its address names none: the last 30 up to today, or, where the data
// ends earlier, up to there.

import { dayAtOrAfter, dayOf, plusDays, type DayRange } from "../base/days";
import { loadCatalogue } from "./datasets";
import { Problem } from "./problem";
import { latestOf, loadSources, type Source } from "./sources";

const daysShown = 30;
const daysOfPause = 2; // so long nothing may have come for today to be shown all the same

async function sourcesOf(names: string[]): Promise<Source[]> {
    try {
        const sources = await loadSources();
        return names.flatMap((name) => sources.datasets[name] ?? []);
    } catch (failure) {
        // A key of some subjects is not told how far all are.
        if (failure instanceof Problem && failure.status === 403) {
            return [];
        }
        throw failure;
    }
}

export async function defaultRange(datasets: string[]): Promise<DayRange> {
    const catalogue = await loadCatalogue();
    const tomorrow = plusDays(dayOf(new Date(catalogue.now)), 1);
    const sources = await sourcesOf(datasets);
    const latest = sources.map(latestOf).filter((each): each is string => each !== null).sort();
    const end = dayAtOrAfter(latest[latest.length - 1] ?? tomorrow);
    const to = end > plusDays(tomorrow, -daysOfPause - 1) ? tomorrow : end;
    const earliest = plusDays(to, -daysShown);
    const origins = sources
        .filter((source) => latestOf(source) !== null)
        .flatMap((source) => source.origin ?? [])
        .sort();
    const origin = origins[0];
    return { from: origin !== undefined && origin > earliest && origin < to ? origin : earliest,
             to };
}
