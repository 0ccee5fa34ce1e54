// Router: shows the page that the address names, and changes the address when a link or a form
// asks for another.

import { Problem } from "../api/problem";
import { element } from "../base/dom";
import { keyForm } from "./key_form";
import { notice } from "./notice";
import type { OpenPage, Page } from "./page";

export class Router {
    private shown: Page;
    private opened: OpenPage | null = null;
    private asking: AbortController | null = null;
    private readonly faults = element("div", { class: "faults", "aria-live": "polite" });
    private readonly content = element("div", { class: "content" });

    constructor(
        private readonly pages: Page[],
        private readonly main: HTMLElement,
        private readonly onShown: (page: Page) => void,
    ) {
        this.shown = pages[0] as Page;
        main.append(this.faults, this.content);
        window.addEventListener("popstate", () => this.show());
        document.addEventListener("click", (event) => this.follow(event));
        document.addEventListener("tidemark:address", (event) => {
            this.replaceAddress((event as CustomEvent<string>).detail);
        });
    }

    show(): void {
        const page = this.pages.find((each) => each.path === location.pathname);
        this.shown = page ?? (this.pages[0] as Page);
        this.opened?.close?.();
        this.content.replaceChildren();
        document.title = `${this.shown.title} · Tidemark`;
        this.onShown(this.shown);
        this.opened = this.shown.open(this.content, new URLSearchParams(location.search));
        void this.refresh();
    }

    // A newer call gives up the one before.
    async refresh(): Promise<void> {
        this.asking?.abort();
        const asking = new AbortController();
        this.asking = asking;
        this.main.setAttribute("aria-busy", "true");
        try {
            await this.opened?.refresh(asking.signal);
            this.faults.replaceChildren();
        } catch (failure) {
            if (!asking.signal.aborted) {
                this.showFault(failure);
            }
        }
        if (!asking.signal.aborted) {
            this.main.setAttribute("aria-busy", "false");
        }
    }

    private showFault(failure: unknown): void {
        if (failure instanceof Problem && failure.status === 401) {
            this.faults.replaceChildren(keyForm(failure.message, () => this.show()));
            return;
        }
        const text = failure instanceof Error ? failure.message : String(failure);
        const field = failure instanceof Problem && failure.field !== "" ? failure.field : "";
        this.faults.replaceChildren(
            notice("bad", field === "" ? text : `${field}: ${text}`,
                element("button", { type: "button", onclick: () => void this.refresh() },
                    "Try again")),
        );
    }

    private replaceAddress(address: string): void {
        if (address !== location.pathname + location.search) {
            history.pushState(null, "", address);
        }
        void this.refresh();
    }

    private follow(event: MouseEvent): void {
        const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey &&
            !event.altKey && !event.defaultPrevented;
        const link = event.target instanceof Element ? event.target.closest("a") : null;
        if (!plain || link === null || link.target !== "" || link.hasAttribute("download")) {
            return;
        }
        const to = new URL(link.href);
        if (to.origin !== location.origin || !this.pages.some(({ path }) => path === to.pathname)) {
            return;
        }
        event.preventDefault();
        history.pushState(null, "", to);
        this.show();
        window.scrollTo(0, 0);
        this.main.focus({ preventScroll: true });
    }
}

// What a page's form calls when it was changed: the address follows, and the page asks anew.
export function changeAddress(address: string): void {
    document.dispatchEvent(new CustomEvent("tidemark:address", { detail: address }));
}
