// How far each dataset is complete: GET /v1/sources (docs/synchronisation.md has every field).

import { getJson } from "./client";

export type Interval = [string, string];
export type SyncStatus = "ok" | "late" | "gap" | "stale" | "regressed" | "down" | "unknown";

export interface Source {
    kind: "counter" | "gauge";
    required: boolean;
    excluded: boolean;
    origin: string | null;
    status: SyncStatus;
    carried: boolean;
    error?: string;
    seam: string | null;
    synced_through: string | null;
    stable_through: string | null;
    seen_through: string | null;
    gaps: Interval[] | null;
    holes?: Interval[] | null;
    pending: number | null;
    dirty?: string[];
    batch_latest: string | null;
    daily_latest: string | null;
    observed_at: string | null;
    due_at?: string | null;
    waiting_for?: string[];
    inferred?: boolean;
}

export interface Sources {
    now: string | null;
    datasets: Record<string, Source>;
    overall: {
        synced_through: string | null;
        stable_through: string | null;
        status: SyncStatus;
        holding: string[];
        excluded: string[];
        partial: boolean;
    };
    metadata: {
        origin: string;
        age_s: number | null;
        stale: boolean;
        warning: string;
    };
}

export async function loadSources(signal?: AbortSignal): Promise<Sources> {
    return (await getJson("/v1/sources", [], signal)) as Sources;
}

// The end of the latest that was seen of a dataset. Of a gauge the time of its last commit says
// nothing of the days that its events are of.
export function latestOf(source: Source): string | null {
    const instants = source.kind === "gauge" ? [source.synced_through ?? source.seen_through] : [
        source.seen_through, source.batch_latest, source.daily_latest, source.synced_through,
    ].filter((instant): instant is string => typeof instant === "string");
    return instants.length === 0 ? null : instants.sort()[instants.length - 1] ?? null;
}
