// Usage: GET /v1/usage, its numbers exact.

import type { Amount } from "../base/amounts";
import type { DayRange } from "../base/days";
import { getJson, request, type Parameters } from "./client";
import { toBigInt, type WholeNumber } from "./exact_json";

export type Period = "slot" | "day" | "month" | "total";
export type Completeness = "complete" | "partial" | "open" | "unknown";

export interface UsageQuestion {
    dataset: string;
    subjects: string[]; // none: all together
    range: DayRange;
    by: Period;
    top?: number;
    metric?: string;
    fill?: "none" | "carry";
}

export interface UsageRow {
    subject: string; // empty: all together
    period: string;
    noData: boolean;
    values: Record<string, Amount>;
}

export interface UsageAnswer {
    rows: UsageRow[];
    columns: string[];
    syncedThrough: string | null;
    completeness: Record<string, Completeness>; // by UTC day
    gaps: [string, string][];
    holes: [string, string][];
    purgedDays: string[];
    dayGrainedDays: string[];
}

export function parametersOf(question: UsageQuestion): Parameters {
    const parameters: Parameters = [["dataset", question.dataset]];
    for (const subject of question.subjects) {
        parameters.push(["subject", subject]);
    }
    parameters.push(["from", question.range.from], ["to", question.range.to]);
    parameters.push(["by", question.by]);
    if (question.top !== undefined) {
        parameters.push(["top", String(question.top)]);
    }
    if (question.metric !== undefined) {
        parameters.push(["metric", question.metric]);
    }
    if (question.fill === "carry") {
        parameters.push(["fill", "carry"]);
    }
    return parameters;
}

type AnswerRow = Record<string, WholeNumber | boolean | null | undefined>;

interface AnswerDocument {
    rows: AnswerRow[];
    synced_through?: string | null;
    completeness?: Record<string, Completeness>;
    gaps?: [string, string][];
    holes?: [string, string][];
    purged_days?: string[];
    day_grained_days?: string[];
}

const beside = new Set(["subject", "period", "no_data", "exact", "lower", "upper"]);

function rowOf(row: AnswerRow): UsageRow {
    const values: Record<string, Amount> = {};
    for (const [name, value] of Object.entries(row)) {
        if (!beside.has(name)) {
            const known = typeof value === "number" || typeof value === "string";
            values[name] = known ? toBigInt(value) : null;
        }
    }
    return {
        subject: String(row["subject"] ?? ""),
        period: String(row["period"]),
        noData: row["no_data"] === true,
        values,
    };
}

export async function loadUsage(
    question: UsageQuestion,
    signal?: AbortSignal,
): Promise<UsageAnswer> {
    const document = (await getJson(
        "/v1/usage",
        parametersOf(question),
        signal,
    )) as AnswerDocument;
    const rows = document.rows.map(rowOf);
    return {
        rows,
        columns: Object.keys(rows[0]?.values ?? {}),
        syncedThrough: document.synced_through ?? null,
        completeness: document.completeness ?? {},
        gaps: document.gaps ?? [],
        holes: document.holes ?? [],
        purgedDays: document.purged_days ?? [],
        dayGrainedDays: document.day_grained_days ?? [],
    };
}

export async function loadUsageCsv(question: UsageQuestion): Promise<Blob> {
    const response = await request("/v1/usage", parametersOf(question), "text/csv");
    return response.blob();
}

// Whether all that will ever belong to a period is there: by its days, and by its slots where a
// day has begun to be covered.
export function completenessOf(answer: UsageAnswer, period: string): Completeness {
    if (period.length === 7) {
        const days = Object.entries(answer.completeness).filter(([day]) => day.startsWith(period));
        const worst = (["unknown", "open", "partial"] as const).find((each) =>
            days.some(([, completeness]) => completeness === each));
        return worst ?? (days.length > 0 ? "complete" : "unknown");
    }
    const ofDay = answer.completeness[period.slice(0, 10)] ?? "unknown";
    if (period.length > 10 && ofDay === "open" && answer.syncedThrough !== null) {
        const begin = `${period.slice(0, 16)}:00Z`;
        return begin < answer.syncedThrough ? "complete" : "open";
    }
    return ofDay;
}
