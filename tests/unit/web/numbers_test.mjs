import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./sources.mjs";

const { change, exactly, grouped, human, humanTick, spokenChange } =
    await load("base/amounts.ts");
const { parseExactly } = await load("api/exact_json.ts");

test("amounts are rounded to what a person reads", () => {
    for (const [amount, unit, text] of [
        [0n, "bytes", "0 B"],
        [999n, "bytes", "999 B"],
        [1_000n, "bytes", "1.00 kB"],
        [105_700_432_859n, "bytes", "106 GB"],
        [10_570_043_285n, "bytes", "10.6 GB"],
        [999_500n, "bytes", "1.00 MB"],
        [2n ** 70n, "bytes", "1.18 ZB"],
        [9_999n, "count", "9,999"],
        [10_000n, "count", "10.0 k"],
        [112_180n, "count", "112 k"],
        [-2_500_000n, "count", "−2.50 M"],
    ]) {
        assert.equal(human(amount, unit), text);
    }
});

test("amounts are exact where they are grouped", () => {
    assert.equal(grouped(9007199254740993n), "9,007,199,254,740,993");
    assert.equal(grouped(12n), "12");
    assert.equal(exactly(2n ** 70n, "bytes"), "1,180,591,620,717,411,303,424 bytes");
});

test("an axis says no zeros that say nothing", () => {
    for (const [value, unit, text] of [
        [0, "bytes", "0 B"], [2e9, "bytes", "2 GB"], [2.5e9, "bytes", "2.5 GB"],
        [100_000, "count", "100 k"], [20, "count", "20"],
    ]) {
        assert.equal(humanTick(value, unit), text);
    }
});

test("a change is nothing where there is nothing to compare with", () => {
    assert.equal(change(5n, null), null);
    assert.equal(change(5n, 0n), null);
    assert.equal(change(null, 5n), null);
    assert.equal(change(3n, 2n), 50);
    assert.equal(change(2n ** 90n + 2n ** 89n, 2n ** 90n), 50);
});

test("a change is spoken with its sign", () => {
    for (const [percent, text] of [
        [0, "±0 %"], [0.04, "±0 %"], [3.44, "+3.4 %"], [-3.44, "−3.4 %"], [49.6, "+50 %"],
        [-100, "−100 %"], [123456, "+123,456 %"],
    ]) {
        assert.equal(spokenChange(percent), text);
    }
});

test("JSON keeps the digits that a double would lose", () => {
    const text = `{"a": 9007199254740993, "b": [-12345678901234567890, 7, 0.1234567890123456789],
        "c": "1234567890123456789 \\" 1234567890123456789", "d": 1e30, "e": null}`;
    assert.deepEqual(parseExactly(text), {
        a: "9007199254740993",
        b: ["-12345678901234567890", 7, 0.12345678901234568],
        c: '1234567890123456789 " 1234567890123456789',
        d: 1e30,
        e: null,
    });
});
