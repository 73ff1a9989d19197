// Series told apart by more than colour: the strokes of lines, and what areas
// are filled with. The keys of the legend show the same (css/chart.css).

/** Lengths of strokes and spaces, by the place of a line in the legend. */
export const DASHES = [[], [5, 3], [1.5, 2.5]];

/** Pixels that a pattern repeats after. */
const TILE = 6;

/** What is drawn on a tile, by the place of an area in the legend: lines from x, y to x, y. */
const STROKES = [
  [],
  [[-1, 7, 7, -1]],
  [[0, 3, 6, 3]],
  [[-1, -1, 7, 7]],
  [[3, 0, 3, 6]],
  [[-1, 7, 7, -1], [-1, -1, 7, 7]],
  [[2, 3, 4, 3]],
];

/**
 * A colour with the texture of a place.
 * @param {string} colour
 * @param {string} ink of the texture
 * @param {number} place
 * @param {number} dense pixels of the canvas to one of the page
 * @returns {string | CanvasPattern}
 */
export function texture(colour, ink, place, dense) {
  const strokes = STROKES[place % STROKES.length];
  if (strokes.length === 0) return colour;
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(TILE * dense);
  const ctx = tile.getContext("2d");
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, tile.width, tile.height);
  ctx.scale(tile.width / TILE, tile.width / TILE);
  ctx.strokeStyle = ink;
  ctx.globalAlpha = 0.4;
  ctx.beginPath();
  for (const [x, y, toX, toY] of strokes) {
    ctx.moveTo(x, y);
    ctx.lineTo(toX, toY);
  }
  ctx.stroke();
  return ctx.createPattern(tile, "repeat");
}
