// The key with which the service is asked, typed by a person. Kept for this tab and as long as it
// is open, never on disk. `tidemark:key` tells of another one.

const place = "tidemark.key";

export function storedKey(): string | null {
    return sessionStorage.getItem(place);
}

export function storeKey(key: string): void {
    sessionStorage.setItem(place, key);
    document.dispatchEvent(new Event("tidemark:key"));
}

export function forgetKey(): void {
    sessionStorage.removeItem(place);
}
