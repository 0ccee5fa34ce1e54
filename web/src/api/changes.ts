// Hears of changes as they happen: GET /v1/changes, server-sent events. Read by fetch, which can
// send the key along; an EventSource cannot.

import { request } from "./client";
import { Problem } from "./problem";

export type Link = "live" | "broken" | "off";

const pauseFirst = 1_000;
const pauseMax = 30_000;

// Or until another key was typed.
function wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
        const end = (): void => {
            clearTimeout(timer);
            document.removeEventListener("tidemark:key", end);
            resolve();
        };
        const timer = setTimeout(end, milliseconds);
        document.addEventListener("tidemark:key", end);
    });
}

// Reads one answer to its end; an event ends with an empty line.
async function readEvents(body: ReadableStream<Uint8Array>, onEvent: () => void): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
        const { done, value } = await reader.read();
        if (done) {
            return;
        }
        text += decoder.decode(value, { stream: true });
        const end = text.lastIndexOf("\n\n");
        if (end >= 0) {
            if (/^event: change$/m.test(text.slice(0, end))) {
                onEvent();
            }
            text = text.slice(end + 2);
        }
    }
}

// For as long as the page is open. The first event says where things stand and is no change;
// whatever comes after a pause may be one.
export async function watchChanges(
    onChange: () => void,
    onLink: (link: Link) => void,
): Promise<void> {
    let pause = pauseFirst;
    let heardBefore = false;
    for (;;) {
        try {
            const response = await request("/v1/changes", [], "text/event-stream");
            let first = !heardBefore;
            if (response.body === null) {
                onLink("off");
                return;
            }
            await readEvents(response.body, () => {
                onLink("live");
                pause = pauseFirst;
                if (!first) {
                    onChange();
                }
                first = false;
                heardBefore = true;
            });
        } catch (failure) {
            // A key of some subjects is not told what happens to all of them.
            if (failure instanceof Problem && failure.status === 403) {
                onLink("off");
                return;
            }
        }
        onLink("broken");
        await wait(pause);
        pause = Math.min(2 * pause, pauseMax);
    }
}
