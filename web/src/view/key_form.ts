// Asks a person for the key, when the service asks the page for one.

import { forgetKey, storedKey, storeKey } from "../api/key";
import { element } from "../base/dom";
import { commands } from "./notice";

export function keyForm(reason: string, onStored: () => void): HTMLElement {
    const refused = storedKey() !== null;
    forgetKey();
    const input = element("input", {
        id: "key",
        name: "key",
        type: "password",
        autocomplete: "off",
        spellcheck: "false",
        required: true,
    });
    const form = element("form", { class: "key-form" },
        element("h2", {}, refused ? "The service does not take this key" : "A key, please"),
        element("p", {}, refused ? reason :
            "This service answers those who have a key with the scope read. It stays in this tab " +
            "until you close it."),
        element("div", { class: "filters" },
            element("label", { class: "field", for: "key" }, element("span", {}, "Key"), input),
            element("button", { type: "submit", class: "primary" }, "Use this key")),
        element("p", { class: "muted" }, "None yet? Make one where the store is:"),
        commands("tidemark keys create dashboard --scope read"));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        storeKey(input.value.trim());
        onStored();
    });
    return form;
}
