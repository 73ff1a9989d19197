// The little lines in the tiles: the last minutes of one number, without a scale.

/** @typedef {import("./store.js").Store} Store */

/** The columns of the store that tiles draw. */
export const sparkColumns = [
  "cpu.busy", "memory.used", "disks.busy", "network.receive", "network.transmit",
  "pressure.cpu", "pressure.memory", "pressure.io", "sensors.heat",
];

/** Samples that a line shows at most. */
const SPAN = 300;

function tiles() {
  return Array.from(document.querySelectorAll("canvas[data-columns]"), (canvas) => ({
    canvas,
    names: canvas.dataset.columns.split(" "),
    most: Number(canvas.dataset.most),
  }));
}

/**
 * The lines through values in a box, broken where there are none.
 * @param {(number | null)[]} values
 * @param {number} most the top of the box
 * @param {number} width
 * @param {number} height
 * @returns {[number, number][][]}
 */
export function lines(values, most, width, height) {
  const result = [];
  let open = false;
  values.forEach((value, i) => {
    if (value == null) {
      open = false;
      return;
    }
    if (!open) result.push([]);
    open = true;
    const x = values.length > 1 ? (width * i) / (values.length - 1) : width;
    result.at(-1).push([x, height - height * Math.min(1, Math.max(0, value / most))]);
  });
  return result;
}

/** Device pixels of the line. */
const STROKE = 3;

/**
 * Draws the lines of all tiles.
 * @param {Store} store
 */
export function drawSparks(store) {
  let colour;
  for (const { canvas, names, most } of tiles()) {
    const columns = names.map((name) => store.columns.get(name)?.slice(-SPAN) ?? []);
    const context = canvas.getContext("2d");
    const top = most || Math.max(1, ...columns.flat());
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = colour ??= getComputedStyle(canvas).color;
    context.lineWidth = STROKE;
    context.lineJoin = "round";
    context.beginPath();
    for (const column of columns) {
      for (const line of lines(column, top, canvas.width - STROKE, canvas.height - STROKE)) {
        line.forEach(([x, y], i) => {
          if (i === 0) context.moveTo(x + STROKE / 2, y + STROKE / 2);
          else context.lineTo(x + STROKE / 2, y + STROKE / 2);
        });
      }
    }
    context.stroke();
  }
}
