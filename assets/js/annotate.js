// What is written on a plot besides its series. All lengths are in pixels of the
// canvas, of which dense make one of the page.

/** A thin line through the plot, with a cap at the top: the graver, the more of it. */
export function flag(ctx, x, bbox, dense, severity, colour) {
  const half = 4 * dense;
  const foot = severity === "critical" ? half : 0;
  const bottom = bbox.top + (severity === "info" ? 0.5 : 1.5) * half;
  ctx.fillStyle = colour;
  ctx.fillRect(Math.round(x - dense / 2), bbox.top, dense, bbox.height);
  ctx.beginPath();
  ctx.moveTo(x - half, bbox.top);
  ctx.lineTo(x + half, bbox.top);
  ctx.lineTo(x + foot, bottom);
  ctx.lineTo(x - foot, bottom);
  ctx.fill();
}

/** Hatches the plot between two places. */
export function strokes(ctx, from, to, bbox, dense, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, bbox.top, to - from, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = dense;
  ctx.beginPath();
  // Bound to the plot and not to the gap, the strokes of all gaps line up.
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += 6 * dense) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** Writes along the gap, or across where it is narrow, or not at all. */
export function label(ctx, text, from, to, bbox, dense, colour, font) {
  const room = 14 * dense;
  if (to - from < room) return;
  ctx.save();
  ctx.font = font;
  ctx.fillStyle = colour;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.translate((from + to) / 2, bbox.top + bbox.height / 2);
  const across = ctx.measureText(text).width + 8 * dense > to - from;
  if (across) ctx.rotate(-Math.PI / 2);
  if (!across || ctx.measureText(text).width <= bbox.height) ctx.fillText(text, 0, 0);
  ctx.restore();
}
