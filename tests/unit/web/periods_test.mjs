import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./sources.mjs";

const days = await load("base/days.ts");
const { completenessOf } = await load("api/usage.ts");

test("a day is one that exists", () => {
    for (const [text, is] of [
        ["2024-02-29", true], ["2023-02-29", false], ["2024-2-9", false], ["", false],
        [null, false],
    ]) {
        assert.equal(days.isDay(text), is, text);
    }
});

test("ranges are half-open, and spoken with their last day", () => {
    for (const [from, to, text] of [
        ["2025-06-01", "2025-06-02", "1 Jun 2025"],
        ["2025-06-01", "2025-07-01", "1 – 30 Jun 2025"],
        ["2025-05-30", "2025-06-03", "30 May – 2 Jun 2025"],
        ["2024-12-31", "2025-01-02", "31 Dec 2024 – 1 Jan 2025"],
    ]) {
        assert.equal(days.spokenRange({ from, to }), text);
    }
    assert.deepEqual(days.previousRange({ from: "2025-03-01", to: "2025-03-08" }),
        { from: "2025-02-22", to: "2025-03-01" });
    assert.equal(days.daysIn({ from: "2024-02-28", to: "2024-03-01" }), 2);
});

test("a stretch has its hours where they matter", () => {
    for (const [stretch, text] of [
        ["2025-06-01T00:00Z/2025-06-15T00:00Z", "1 – 14 Jun 2025"],
        ["2025-06-15T00:00Z/2025-06-15T06:00Z", "15 Jun 2025, 00:00 – 06:00 UTC"],
        ["2025-06-15T23:30Z/2025-06-16T00:30Z",
         "15 Jun 2025, 23:30 UTC – 16 Jun 2025, 00:30 UTC"],
    ]) {
        assert.equal(days.spokenStretch(stretch), text);
    }
});

test("the day at or after an instant", () => {
    assert.equal(days.dayAtOrAfter("2025-06-15T00:00:00Z"), "2025-06-15");
    assert.equal(days.dayAtOrAfter("2025-06-15T00:30:00Z"), "2025-06-16");
});

test("durations have the units that say something", () => {
    for (const [seconds, text] of [
        [0.004844, "0.005 s"], [0.25, "0.25 s"], [7.14, "7.1 s"], [192, "3 min 12 s"],
        [3_600, "1 h"], [18_120, "5 h 2 min"], [86_400 * 3 + 14_400, "3 d 4 h"],
        [86_460, "1 d"],
    ]) {
        assert.equal(days.spokenDuration(seconds), text);
    }
});

test("a period is complete when all of it is", () => {
    const answer = {
        completeness: {
            "2025-05-31": "complete", "2025-06-01": "complete", "2025-06-02": "open",
        },
        syncedThrough: "2025-06-02T06:00:00Z",
    };
    for (const [period, completeness] of [
        ["2025-06-01", "complete"],
        ["2025-06-02", "open"],
        ["2025-06-02T05:30Z", "complete"],
        ["2025-06-02T06:00Z", "open"],
        ["2025-05", "complete"],
        ["2025-06", "open"],
        ["2025-07-01", "unknown"],
    ]) {
        assert.equal(completenessOf(answer, period), completeness, period);
    }
});
