// What there is to ask for: GET /v1/datasets.

import { getJson } from "./client";

export interface Dataset {
    name: string;
    kind: "counter" | "gauge";
    subject: string; // the subject's column: "site_id"
    metrics: string[];
    columns: string[]; // of usage; three a metric for a gauge
}

export interface Catalogue {
    now: string;
    datasets: Dataset[];
}

let known: Promise<Catalogue> | null = null;

// Read once: a service does not change its configuration while it runs.
export function loadCatalogue(): Promise<Catalogue> {
    if (known === null) {
        known = (getJson("/v1/datasets") as Promise<Catalogue>).catch((failure: unknown) => {
            known = null;
            throw failure;
        });
    }
    return known;
}

// A gauge's marks are what it is billed by.
export function mainColumn(dataset: Dataset): string {
    const wanted = dataset.kind === "gauge" ? `max_${dataset.metrics[0]}` : dataset.metrics[0];
    return dataset.columns.find((column) => column === wanted) ?? dataset.columns[0] ?? "";
}
