// Elements made in one expression. Text goes in as text, never as markup: what a log line or a
// subject says cannot become part of the page. Styles come from classes alone.

export type Child = Node | string | null | undefined | false;
type Attribute = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Attribute>;

function dress(target: Element, attributes: Attributes, children: Child[]): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") {
            target.addEventListener(name.replace(/^on/, ""), value as EventListener);
        } else if (value === true) {
            target.setAttribute(name, "");
        } else if (value !== false && value !== null && value !== undefined) {
            target.setAttribute(name, String(value));
        }
    }
    target.append(...children.filter((child): child is Node | string => Boolean(child)));
}

// A function attribute `onclick` listens to `click`; true is an attribute without value; false,
// null and undefined are none.
export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag);
    dress(made, attributes, children);
    return made;
}

export function svgElement<Tag extends keyof SVGElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: Child[]
): SVGElementTagNameMap[Tag] {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    dress(made, attributes, children);
    return made;
}
