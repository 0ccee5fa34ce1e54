// Amounts: what a metric is, exact in a bigint, and how a person is shown it. null is no data,
// which differs from zero.

export type Amount = bigint | null;
export type Unit = "bytes" | "count";

const scales: Record<Unit, string[]> = {
    bytes: ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"],
    count: ["", "k", "M", "B", "T", "Qa", "Qi"],
};

export function unitOf(metric: string): Unit {
    return metric.includes("bytes") ? "bytes" : "count";
}

// "105,700,432,859"
export function grouped(amount: bigint): string {
    return amount.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

// Three digits that say something and a decimal unit: "106 GB", "1.20 TB", "112 k". Small counts
// are exact.
export function human(amount: bigint, unit: Unit): string {
    const size = amount < 0n ? -amount : amount;
    if (size < (unit === "count" ? 10_000n : 1_000n)) {
        return `${grouped(amount)} ${scales[unit][0]}`.trim();
    }
    return humanNumber(Number(amount), unit);
}

export function humanNumber(value: number, unit: Unit): string {
    const names = scales[unit];
    let scaled = Math.abs(value);
    let step = 0;
    // 999.5 would be written as 1000.
    while (scaled >= 999.5 && step + 1 < names.length) {
        scaled /= 1000;
        step += 1;
    }
    const digits = step === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    const text = scaled.toFixed(digits);
    return `${value < 0 ? "−" : ""}${text} ${names[step]}`.trim();
}

// As an axis says it: without zeros that say nothing.
export function humanTick(value: number, unit: Unit): string {
    return humanNumber(value, unit).replace(/\.0+(?=\s|$)/, "").replace(/(\.\d)0(?=\s|$)/, "$1");
}

// "exactly 105,700,432,859 bytes"
export function exactly(amount: bigint, unit: Unit): string {
    return unit === "bytes" ? `${grouped(amount)} bytes` : grouped(amount);
}

// By how many per cent `now` differs from `before`: "+12 %", "−3.4 %". Nothing where there is
// nothing to compare with.
export function change(now: Amount, before: Amount): number | null {
    if (now === null || before === null || before === 0n) {
        return null;
    }
    // Six digits after the point, beyond what a double holds of the two.
    return Number(((now - before) * 100_000_000n) / before) / 1_000_000;
}

export function spokenChange(percent: number): string {
    const size = Math.abs(percent);
    const digits = size < 9.95 ? 1 : 0;
    const text = grouped(BigInt(Math.trunc(size)));
    const shown = digits === 1 ? size.toFixed(1) : size < 1000 ? size.toFixed(0) : text;
    if (Number(shown.replace(/,/g, "")) === 0) {
        return "±0 %";
    }
    return `${percent < 0 ? "−" : "+"}${shown} %`;
}
