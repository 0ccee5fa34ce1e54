// The key with which the service is asked, typed by a person. Kept for this tab and as long as it
// is open, never on disk.

const place = "tidemark.key";

export function storedKey(): string | null {
    return sessionStorage.getItem(place);
}

export function storeKey(key: string): void {
    sessionStorage.setItem(place, key);
}

export function forgetKey(): void {
    sessionStorage.removeItem(place);
}
