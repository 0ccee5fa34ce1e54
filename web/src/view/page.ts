// Page: one of the dashboard's views. Its address holds all that it was asked for, so a link shows
// the same again.

export interface Page {
    path: string;
    title: string;
    open(target: HTMLElement, query: URLSearchParams): OpenPage;
}

export interface OpenPage {
    // Asks anew and shows what is there now; the form stays as it is. Throws what the service said.
    refresh(signal: AbortSignal): Promise<void>;
    close?(): void;
}

// "/usage?dataset=cdn&from=..."; parameters that are empty are left away.
export function addressOf(path: string, parameters: Record<string, string>): string {
    const given = Object.entries(parameters).filter(([, value]) => value !== "");
    const query = new URLSearchParams(given).toString();
    return query === "" ? path : `${path}?${query}`;
}
