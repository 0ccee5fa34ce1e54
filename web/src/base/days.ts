// UTC days and instants as texts, the way the service writes them: "2026-11-01",
// "2026-11-01T12:30:00Z". Ranges of days are half-open; a person is shown the last day instead.

export interface DayRange {
    from: string;
    to: string; // exclusive
}

const dayMilliseconds = 86_400_000;

export function isDay(text: string | null): text is string {
    if (text === null || !/^\d{4}-\d\d-\d\d$/.test(text)) {
        return false;
    }
    const parsed = Date.parse(`${text}T00:00:00Z`);
    return !Number.isNaN(parsed) && dayOf(new Date(parsed)) === text;
}

export function dayOf(instant: Date): string {
    return instant.toISOString().slice(0, 10);
}

export function plusDays(day: string, days: number): string {
    return dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMilliseconds));
}

export function daysIn(range: DayRange): number {
    return (Date.parse(range.to) - Date.parse(range.from)) / dayMilliseconds;
}

// As many days, ending where this range begins.
export function previousRange(range: DayRange): DayRange {
    return { from: plusDays(range.from, -daysIn(range)), to: range.from };
}

// The first day that begins at the instant or after it.
export function dayAtOrAfter(instant: string): string {
    const day = instant.slice(0, 10);
    return instant === `${day}T00:00:00Z` ? day : plusDays(day, 1);
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

// "1 Jun 2025"
export function spokenDay(day: string): string {
    const [year, month, date] = day.split("-");
    return `${Number(date)} ${months[Number(month) - 1]} ${year}`;
}

// "1 Jun 2025", "1 – 30 Jun 2025", "30 May – 2 Jun 2025"
export function spokenRange(range: DayRange): string {
    const last = plusDays(range.to, -1);
    if (last === range.from) {
        return spokenDay(last);
    }
    if (range.from.slice(0, 7) === last.slice(0, 7)) {
        return `${Number(range.from.slice(8))} – ${spokenDay(last)}`;
    }
    const first = spokenDay(range.from);
    return `${range.from.slice(0, 4) === last.slice(0, 4) ? first.slice(0, -5) : first} – ${
        spokenDay(last)}`;
}

// "2 Jun 2025, 00:00 UTC"
export function spokenInstant(instant: string): string {
    const seconds = instant.slice(17, 19);
    const tail = seconds === "00" || seconds === "" ? "" : `:${seconds}`;
    return `${spokenDay(instant.slice(0, 10))}, ${instant.slice(11, 16)}${tail} UTC`;
}

// What a period of an answer is called on an axis: "1 Jun", "12:30", "Jun 2025".
export function shortPeriod(period: string): string {
    if (/^\d{4}-\d\d$/.test(period)) {
        return `${months[Number(period.slice(5)) - 1]} ${period.slice(0, 4)}`;
    }
    if (period.length > 10) {
        return period.endsWith("T00:00Z")
            ? spokenDay(period.slice(0, 10)).slice(0, -5)
            : period.slice(11, 16);
    }
    return spokenDay(period).slice(0, -5);
}

// What it is called where there is room.
export function spokenPeriod(period: string): string {
    if (/^\d{4}-\d\d$/.test(period)) {
        return shortPeriod(period);
    }
    return period.length > 10
        ? `${spokenDay(period.slice(0, 10))}, ${period.slice(11, 16)} UTC`
        : spokenDay(period);
}

// "2025-06-01T00:00Z/2025-06-15T00:00Z": "1 – 14 Jun 2025"; with the hours where they matter.
export function spokenStretch(stretch: string): string {
    const [from = "", to = ""] = stretch.split("/");
    if (from.slice(10) === "T00:00Z" && to.slice(10) === "T00:00Z") {
        return spokenRange({ from: from.slice(0, 10), to: to.slice(0, 10) });
    }
    return from.slice(0, 10) === to.slice(0, 10)
        ? `${spokenDay(from.slice(0, 10))}, ${from.slice(11, 16)} – ${to.slice(11, 16)} UTC`
        : `${spokenInstant(from)} – ${spokenInstant(to)}`;
}

const units: [string, number][] = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];

// The two largest units that say something: "3 d 4 h", "5 min", "0.25 s".
export function spokenDuration(seconds: number): string {
    if (seconds < 10) {
        return `${seconds < 0.0995 ? seconds.toFixed(3) : seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
    }
    let rest = Math.round(seconds);
    const parts: string[] = [];
    for (const [name, size] of units) {
        const count = Math.floor(rest / size);
        rest -= count * size;
        if (count > 0) {
            parts.push(`${count} ${name}`);
        } else if (parts.length > 0) {
            break;
        }
        if (parts.length === 2) {
            break;
        }
    }
    return parts.join(" ");
}
