// What columns of answers are called on the page.

function plain(name: string): string {
    return name.replace(/_/g, " ");
}

function capital(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}

// "bytes_streamed": "Bytes streamed"; of a gauge "max_bytes_stored": "Bytes stored, high-water
// mark".
export function columnWords(column: string): string {
    const observed = /^observed_max_(.+)$/.exec(column);
    if (observed?.[1]) {
        return `${capital(plain(observed[1]))}, observed mark`;
    }
    const mark = /^max_(.+)$/.exec(column);
    return mark?.[1] ? `${capital(plain(mark[1]))}, high-water mark` : capital(plain(column));
}

// "site_id": "site id"
export function subjectWords(subject: string): string {
    return plain(subject);
}

export function count(amount: number, one: string, several = `${one}s`): string {
    return `${amount.toLocaleString("en-US")} ${amount === 1 ? one : several}`;
}
