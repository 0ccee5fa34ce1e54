// What stands around every page: the name, the way to the other pages, the theme.

import { element, svgElement } from "../base/dom";
import type { Page } from "./page";
import { themeToggle } from "./theme";

export interface Shell {
    main: HTMLElement;
    status: HTMLElement;
    mark(page: Page): void;
}

function logo(): SVGElement {
    return svgElement("svg", { viewBox: "0 0 32 32", class: "logo", "aria-hidden": "true" },
        svgElement("path", { d: "M8 9h16", class: "logo-line" }),
        svgElement("path", {
            d: "M3 20c4.3 0 4.3-4 8.7-4s4.3 4 8.6 4 4.4-4 8.7-4",
            class: "logo-wave",
        }));
}

export function buildShell(pages: Page[]): Shell {
    const main = element("main", { id: "main", tabindex: -1 });
    const status = element("span", { class: "live", role: "status" });
    const links = pages.map((page) => element("a", { href: page.path }, page.title));
    document.body.replaceChildren(
        element("a", { class: "skip", href: "#main" }, "Skip to the page"),
        element("header", { class: "top" },
            element("a", { class: "brand", href: "/" }, logo(), "Tidemark"),
            element("nav", { "aria-label": "Pages" }, ...links),
            element("div", { class: "top-end" }, status, themeToggle())),
        main);
    return {
        main,
        status,
        mark(page: Page): void {
            links.forEach((link, index) => {
                if (pages[index] === page) {
                    link.setAttribute("aria-current", "page");
                    link.scrollIntoView({ block: "nearest", inline: "nearest" });
                } else {
                    link.removeAttribute("aria-current");
                }
            });
        },
    };
}
