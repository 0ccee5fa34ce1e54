// JSON without loss of digits: whole numbers that a double may not hold become texts of their
// digits, as the service itself writes those beyond 64 bits.

const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function parseExactly(text: string): unknown {
    return JSON.parse(
        text.replace(token, (found) => (/^-?\d{16,}$/.test(found) ? `"${found}"` : found)),
    );
}

export type WholeNumber = number | string;

export function toBigInt(value: WholeNumber): bigint {
    return BigInt(value);
}
