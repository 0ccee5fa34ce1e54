// Hands a file to the person's browser.

import { element } from "../base/dom";

export function saveAs(name: string, content: Blob): void {
    const url = URL.createObjectURL(content);
    const link = element("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(url);
}
