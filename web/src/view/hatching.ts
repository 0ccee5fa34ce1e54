// Hatching says "not everything is there yet" without relying on colour.

const size = 8;

export function openPattern(line: string, ground: string): CanvasPattern {
    const tile = document.createElement("canvas");
    const ratio = window.devicePixelRatio || 1;
    tile.width = tile.height = Math.round(size * ratio);
    const context = tile.getContext("2d") as CanvasRenderingContext2D;
    context.scale(tile.width / size, tile.height / size);
    context.fillStyle = ground;
    context.fillRect(0, 0, size, size);
    context.strokeStyle = line;
    context.lineWidth = 1.6;
    context.beginPath();
    for (const offset of [-size, 0, size]) {
        context.moveTo(offset - 1, size + 1);
        context.lineTo(offset + size + 1, -1);
    }
    context.stroke();
    return context.createPattern(tile, "repeat") as CanvasPattern;
}
