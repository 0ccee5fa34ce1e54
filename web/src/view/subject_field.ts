// Where a subject is typed. Suggests those that used most in the range, once it is asked to; any
// other may be typed as well.

import type { Dataset } from "../api/datasets";
import { Problem } from "../api/problem";
import { loadUsage } from "../api/usage";
import type { DayRange } from "../base/days";
import { element } from "../base/dom";
import { subjectWords } from "../base/words";
import { field } from "./fields";

const suggestionsMax = 500;

export interface SubjectField {
    element: HTMLElement;
    input: HTMLInputElement;
}

async function suggest(list: HTMLElement, dataset: Dataset, range: DayRange): Promise<void> {
    try {
        const answer = await loadUsage(
            { dataset: dataset.name, subjects: [], range, by: "total", top: suggestionsMax });
        list.replaceChildren(
            ...answer.rows.map(({ subject }) => element("option", { value: subject })));
    } catch (failure) {
        // Without suggestions a subject can still be typed.
        if (!(failure instanceof Problem)) {
            throw failure;
        }
    }
}

export function subjectField(
    dataset: Dataset,
    range: DayRange,
    subject: string,
    name = "subject",
    placeholder = "all together",
): SubjectField {
    const id = `subjects-${name}-${dataset.name}`;
    const list = element("datalist", { id });
    const input = element("input", {
        type: "search",
        name,
        list: id,
        value: subject,
        placeholder,
        autocomplete: "off",
        spellcheck: "false",
    });
    input.addEventListener("focus", () => void suggest(list, dataset, range), { once: true });
    const words = subjectWords(dataset.subject);
    return { element: element("div", { class: "field-wide" },
                              field(`Subject (${words})`, input, true), list),
             input };
}
