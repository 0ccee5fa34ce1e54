// Light or dark: as the system says, until a person says otherwise.

import { element } from "../base/dom";

const place = "tidemark.theme";
type Theme = "light" | "dark";

const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

export function currentTheme(): Theme {
    const chosen = localStorage.getItem(place);
    if (chosen === "light" || chosen === "dark") {
        return chosen;
    }
    return systemIsDark.matches ? "dark" : "light";
}

// Plots are drawn, not styled: they listen to `tidemark:theme`.
function announce(): void {
    document.dispatchEvent(new Event("tidemark:theme"));
}

export function applyTheme(): void {
    document.documentElement.dataset["theme"] = currentTheme();
}

export function themeToggle(): HTMLElement {
    const button = element("button", { type: "button", class: "quiet theme-toggle" });
    const describe = (): void => {
        const other = currentTheme() === "dark" ? "light" : "dark";
        button.textContent = other === "dark" ? "☾" : "☀";
        button.setAttribute("aria-label", `Change to the ${other} theme`);
        button.title = `Change to the ${other} theme`;
    };
    button.addEventListener("click", () => {
        localStorage.setItem(place, currentTheme() === "dark" ? "light" : "dark");
        applyTheme();
        describe();
        announce();
    });
    systemIsDark.addEventListener("change", () => {
        applyTheme();
        describe();
        announce();
    });
    describe();
    return button;
}
