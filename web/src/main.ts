import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/plots.css";

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

applyTheme();
const shell = buildShell(pages);
new Router(pages, shell.main, (page) => shell.mark(page)).show();
