import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/plots.css";

import { watchChanges, type Link } from "./api/changes";
import { rejectedPage } from "./pages/rejected";
import { runsPage } from "./pages/runs";
import { sourcesPage } from "./pages/sources";
import { subjectPage } from "./pages/subject";
import { topPage } from "./pages/top";
import { usagePage } from "./pages/usage";
import type { Page } from "./view/page";
import { Router } from "./view/router";
import { buildShell } from "./view/shell";
import { applyTheme } from "./view/theme";

const pages: Page[] = [usagePage, subjectPage, topPage, sourcesPage, runsPage, rejectedPage];

const linkWords: Record<Link, string> = { live: "Live", broken: "Reconnecting", off: "" };

applyTheme();
const shell = buildShell(pages);
const router = new Router(pages, shell.main, (page) => shell.mark(page));
router.show();
void watchChanges(
    () => void router.refresh(),
    (link) => {
        shell.status.dataset["state"] = link;
        shell.status.textContent = linkWords[link];
    },
);
