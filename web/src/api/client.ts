// Asks the service that this page came from. A request that fails throws a Problem; one that was
// given up throws the signal's AbortError.

import { parseExactly } from "./exact_json";
import { storedKey } from "./key";
import { Problem, problemOf } from "./problem";

export type Parameters = [string, string][];

export async function request(
    path: string,
    parameters: Parameters,
    accept: string,
    signal?: AbortSignal,
): Promise<Response> {
    const query = new URLSearchParams(parameters).toString();
    const headers: Record<string, string> = { Accept: accept };
    const key = storedKey();
    if (key !== null) {
        headers["Authorization"] = `Bearer ${key}`;
    }
    let response: Response;
    try {
        response = await fetch(query === "" ? path : `${path}?${query}`, { headers, signal });
    } catch (failure) {
        if (failure instanceof DOMException && failure.name === "AbortError") {
            throw failure;
        }
        throw new Problem(0, "the service does not answer; it may be stopped or restarting");
    }
    if (!response.ok) {
        throw await problemOf(response);
    }
    return response;
}

export async function getJson(
    path: string,
    parameters: Parameters = [],
    signal?: AbortSignal,
): Promise<unknown> {
    const response = await request(path, parameters, "application/json", signal);
    return parseExactly(await response.text());
}
