// A plot over periods: bars for what is complete, hatched ones for what is not yet, lines for what
// was stored. The x axis counts periods, so that months of 28 and of 31 days are equally wide.

import uPlot from "uplot";

import { element } from "../base/dom";
import { openPattern } from "./hatching";

export interface PlotSeries {
    label: string;
    shape: "bars" | "open_bars" | "line" | "dashed_line";
    values: (number | null)[]; // null: no data
}

export interface PlotDescription {
    summary: string; // what it shows, for those who do not see it
    series: PlotSeries[];
    ticks: (index: number) => string; // what a period is called on the axis
    tip: (index: number) => string[]; // lines of the tip; the first is its title
    amount: (value: number) => string; // of the y axis
    openFrom: number | null; // from this period on not everything is there
}

const height = 250;
const axisFont = "12px system-ui, sans-serif";

// 1, 2, 5, 10 ...: whole, as what is counted is.
const increments = Array.from({ length: 31 }, (_each, power) => 10 ** power)
    .flatMap((ten) => [ten, 2 * ten, 5 * ten]);

function colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function seriesOf(each: PlotSeries): uPlot.Series {
    const accent = colour("--accent");
    if (each.shape === "bars" || each.shape === "open_bars") {
        const open = each.shape === "open_bars";
        return {
            label: each.label,
            stroke: open ? accent : "transparent",
            fill: open ? () => openPattern(accent, colour("--surface")) : accent,
            width: open ? 1 : 0,
            paths: uPlot.paths.bars?.({ size: [0.78, 64], align: 0 }),
            points: { show: false },
        };
    }
    return {
        label: each.label,
        stroke: colour("--ink"),
        width: each.shape === "line" ? 2 : 1.5,
        dash: each.shape === "line" ? [] : [5, 4],
        points: { show: each.values.length < 2, size: 7, fill: colour("--ink") },
    };
}

// The part of the range that is not complete, behind everything.
function shade(plot: uPlot, openFrom: number | null): void {
    if (openFrom === null) {
        return;
    }
    const { left, top, width: boxWidth, height: boxHeight } = plot.bbox;
    const from = Math.max(left, plot.valToPos(openFrom - 0.5, "x", true));
    plot.ctx.save();
    plot.ctx.fillStyle = colour("--open-shade");
    plot.ctx.fillRect(from, top, Math.max(0, left + boxWidth - from), boxHeight);
    plot.ctx.restore();
}

function optionsOf(description: PlotDescription, width: number, count: number): uPlot.Options {
    const axis = {
        stroke: colour("--muted"),
        font: axisFont,
        ticks: { show: false },
    };
    return {
        width,
        height,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: {
            x: { time: false, range: [-0.6, count - 0.4] },
            y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.06 : 1] },
        },
        axes: [
            {
                ...axis,
                grid: { show: false },
                size: 30,
                splits: () => splitsOf(count, width),
                values: (_plot, splits) => splits.map((index) => description.ticks(index)),
            },
            {
                ...axis,
                grid: { stroke: colour("--line"), width: 1 },
                size: 66,
                incrs: increments,
                values: (_plot, splits) => splits.map(description.amount),
            },
        ],
        series: [{}, ...description.series.map(seriesOf)],
        hooks: { drawClear: [(plot) => shade(plot, description.openFrom)] },
    };
}

// Periods with a name below the axis: as many as have room.
function splitsOf(count: number, width: number): number[] {
    const step = Math.max(1, Math.ceil(count / Math.max(1, Math.floor((width - 80) / 62))));
    const splits: number[] = [];
    for (let index = 0; index < count; index += step) {
        splits.push(index);
    }
    return splits;
}

class Tip {
    readonly box = element("div", { class: "plot-tip", hidden: true });

    constructor(private readonly description: PlotDescription) {}

    follow(plot: uPlot): void {
        const index = plot.cursor.idx;
        const left = plot.cursor.left ?? -1;
        if (index === null || index === undefined || left < 0) {
            this.box.hidden = true;
            return;
        }
        const [title = "", ...lines] = this.description.tip(index);
        this.box.replaceChildren(element("strong", {}, title),
            ...lines.map((line) => element("span", {}, line)));
        this.box.hidden = false;
        const room = plot.over.clientWidth;
        const middle = plot.over.offsetLeft + plot.valToPos(index, "x");
        this.box.classList.toggle("plot-tip-left", left > room / 2);
        this.box.style.left = `${middle}px`;
    }
}

// Draws into the target until the returned function is called; follows its width and the theme.
export function drawPlot(target: HTMLElement, description: PlotDescription): () => void {
    const count = description.series[0]?.values.length ?? 0;
    const data: uPlot.AlignedData = [
        Array.from({ length: count }, (_each, index) => index),
        ...description.series.map(({ values }) => values),
    ];
    const tip = new Tip(description);
    const canvas = element("div", { class: "plot-canvas", role: "img",
                                    "aria-label": description.summary });
    target.replaceChildren(canvas, tip.box);
    let plot: uPlot | null = null;
    const draw = (): void => {
        plot?.destroy();
        const options = optionsOf(description, canvas.clientWidth, count);
        options.hooks = { ...options.hooks, setCursor: [(drawn) => tip.follow(drawn)] };
        plot = new uPlot(options, data, canvas);
    };
    const watch = new ResizeObserver(() => {
        if (plot === null || plot.width !== canvas.clientWidth) {
            draw();
        }
    });
    watch.observe(canvas);
    document.addEventListener("tidemark:theme", draw);
    return () => {
        watch.disconnect();
        document.removeEventListener("tidemark:theme", draw);
        plot?.destroy();
    };
}
