// What happened: GET /v1/runs, /v1/batches and /v1/rejected.

import { getJson, type Parameters } from "./client";
import type { WholeNumber } from "./exact_json";

export interface Run {
    run: number;
    job: string;
    dataset: string;
    feed: string;
    started_at: string;
    heartbeat_at: string;
    ended_at: string | null;
    outcome: "running" | "succeeded" | "failed";
    silent: boolean;
    took_s: number;
    rows: WholeNumber;
    bytes: WholeNumber;
    error: string;
    covered: string[];
}

export interface RejectedBatch {
    batch: string;
    feed: string;
    source: string;
    rejected: WholeNumber;
    rejected_by_reason: Record<string, WholeNumber>;
    samples: { line: number; reason: string; text: string }[];
}

function given(parameters: Parameters): Parameters {
    return parameters.filter(([, value]) => value !== "");
}

export async function loadRuns(
    asked: { job: string; dataset: string; limit: number },
    signal?: AbortSignal,
): Promise<Run[]> {
    const parameters = given([
        ["job", asked.job], ["dataset", asked.dataset], ["limit", String(asked.limit)],
    ]);
    return ((await getJson("/v1/runs", parameters, signal)) as { runs: Run[] }).runs;
}

export async function loadRejected(
    asked: { dataset: string; feed: string; reason: string; samples: number },
    signal?: AbortSignal,
): Promise<RejectedBatch[]> {
    const parameters = given([
        ["dataset", asked.dataset],
        ["feed", asked.feed],
        ["reason", asked.reason],
        ["samples", String(asked.samples)],
    ]);
    const answer = (await getJson("/v1/rejected", parameters, signal)) as {
        batches: RejectedBatch[];
    };
    return answer.batches;
}
