// Numbers as the server writes them (views/format.go), for the charts.

const hours = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC" });
const days = new Intl.DateTimeFormat(undefined, { timeZone: "UTC" });
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["", "k", "M", "G", "T", "P", "E"];

/** Three significant digits. */
function significant(x) {
  return x.toFixed(x < 9.995 ? 2 : x < 99.95 ? 1 : 0);
}

/**
 * A percentage beside a scale that says what it is: one decimal below 100, none from
 * there on.
 * @param {number} x
 */
export function percent(x) {
  return x.toFixed(x < 99.95 ? 1 : 0);
}

/**
 * @param {number} x
 * @param {boolean} [decimal] kB of 1000 bytes, rather than KiB of 1024
 */
export function bytes(x, decimal) {
  const prefixes = decimal ? DECIMAL : BINARY;
  let n = 0;
  while (Math.abs(x) >= 999.5 && n < prefixes.length - 1) {
    x /= decimal ? 1000 : 1024;
    n++;
  }
  return `${n === 0 ? x.toFixed(0) : significant(x)} ${prefixes[n]}B`;
}

/**
 * @param {number} x
 * @param {boolean} [decimal]
 */
export function rate(x, decimal) {
  return `${bytes(x, decimal)}/s`;
}

/**
 * A number of bytes as short as a scale needs it: 512 KiB, 1.5 GiB.
 * @param {number} x
 * @param {boolean} [decimal]
 */
export function short(x, decimal) {
  return x === 0 ? "0" : bytes(x, decimal).replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
}

/**
 * A length of time, rounded: 10 s, 3 min.
 * @param {number} seconds
 */
export function span(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

/**
 * The least number that is a maximum of a scale for x bytes per second: a power
 * of two, or one and a half of it; in decimal units 1, 2 or 5 and noughts.
 * @param {number} x
 * @param {boolean} [decimal]
 */
export function ceiling(x, decimal) {
  if (decimal) {
    const power = 10 ** Math.max(3, Math.ceil(Math.log10(Math.max(x, 1)) - 1e-9));
    return power * (power > 1000 ? [0.2, 0.5].find((part) => x <= part * power) ?? 1 : 1);
  }
  const power = 2 ** Math.max(10, Math.ceil(Math.log2(Math.max(x, 1))));
  return x <= 0.75 * power && power > 1024 ? 0.75 * power : power;
}

/** Seconds by which clocks are before UTC. */
let east = -60 * new Date().getTimezoneOffset();

/**
 * Has times be those of the machine, as its logs have them, wherever its viewer is.
 * @param {number} seconds east of UTC
 */
export function zone(seconds) {
  east = seconds;
}

/** @param {number} time Unix seconds */
export function clock(time) {
  return hours.format(1000 * (time + east));
}

/** @param {number} time Unix seconds */
export function day(time) {
  return days.format(1000 * (time + east));
}

/**
 * The labels below a scale of time that ends now, at its beginning and at each
 * fifth: the first of them has the unit.
 * @param {number} span seconds
 */
export function ages(span) {
  const step = span / 5;
  const [unit, size] = step % 3600 === 0 ? ["h", 3600] : step % 60 === 0 ? ["min", 60] : ["s", 1];
  const [oldest, ...others] = [4, 3, 2, 1].map((n) => `${Number(((n * step) / size).toFixed(1))}`);
  return ["", `${oldest} ${unit}`, ...others];
}
