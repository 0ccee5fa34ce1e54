// Problem: why a request has no answer, in the service's own words (RFC 9457).

import { parseExactly } from "./exact_json";

export class Problem extends Error {
    constructor(
        readonly status: number, // 0: the service could not be reached
        detail: string,
        readonly field: string = "",
    ) {
        super(detail);
    }
}

export async function problemOf(response: Response): Promise<Problem> {
    const text = await response.text();
    try {
        const body = parseExactly(text) as { detail?: unknown; field?: unknown };
        return new Problem(response.status, String(body.detail), String(body.field ?? ""));
    } catch {
        return new Problem(response.status, `the service answered ${response.status}`);
    }
}
