// The hours of a plan as bars, which are as high as the price is, and as rows of a table.

import { element } from "./dom.js";

/** @typedef {import("./plan.js").Told} Told */
/** @typedef {import("./plan-format.js").PlanFormat} PlanFormat */
/** @typedef {{start: number, end: number, price?: number}} Span In milliseconds */

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
/** What is later is not shown. */
const LONGEST = 48 * HOUR;
/** A price of nothing can still be seen, and so can an hour whose price is not known. */
const LEAST_HEIGHT = 2;
const UNKNOWN_HEIGHT = 12;
const HEIGHT = 100;
/** With more bars than that there is no room between them. */
const MANY = 60;
/** What of a bar's width is left free. */
const GAP = 0.1;
/** Hours between two times on the axis, by how many hours there are. */
const STEPS = [
  [9, 1],
  [15, 3],
  [39, 6],
  [Infinity, 12],
];
/** Parts of the axis on a small phone in which no other time has room beside *now*: whatever that is called, and for each letter. */
const NOW_ROOM = 0.09;
const LETTER_ROOM = 0.022;
/** Part at the end of the axis in which the middle of a time has no room. */
const END_ROOM = 0.06;

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {string} [title]
 */
const drawn = (tag, attributes, title) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (title) made.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: title }));
  return made;
};

/** @param {{start: string, end: string | null, price?: number}[]} times */
const spansOf = (times) =>
  times.map(({ start, end, price }) => ({ start: Date.parse(start), end: end ? Date.parse(end) : Infinity, price }));

/**
 * Return the parts of spans that lie within a time.
 * @param {Span[]} spans
 * @param {number} start
 * @param {number} end
 */
const within = (spans, start, end) =>
  spans
    .map((span) => ({ ...span, start: Math.max(span.start, start), end: Math.min(span.end, end) }))
    .filter((span) => span.end > span.start);

/**
 * Return from when to when there is something to show: from the hour that has begun to the last price, slot or deadline.
 * @param {Told} told
 * @param {Date} now
 */
const rangeOf = (told, now) => {
  const start = Math.floor(now.getTime() / HOUR) * HOUR;
  const moments = [...told.prices, ...told.slots].map(({ end }) => end);
  const ends = [...moments, told.ready_by].map((moment) => Date.parse(moment ?? "")).filter((moment) => moment > start);
  const end = Math.min(Math.max(...ends), start + LONGEST);
  return { start, end: Math.ceil(end / HOUR) * HOUR };
};

/**
 * Return bars and axis; nothing if there is nothing to show.
 * @param {Told} told
 * @param {Date} now
 * @param {PlanFormat} format
 * @param {string} nowText
 */
export const chartOf = (told, now, format, nowText) => {
  const { start, end } = rangeOf(told, now);
  if (!(end > start)) return undefined;
  const svg = drawn("svg", { viewBox: `0 0 ${(end - start) / MINUTE} ${HEIGHT}`, preserveAspectRatio: "none" });
  const at = (/** @type {number} */ moment) => (moment - start) / MINUTE;
  const bars = barsOf(told, start, end);
  for (const { start: from, end: to, top, bottom, kind, price, gap } of bars) {
    const times = format.times(new Date(from).toISOString(), new Date(to).toISOString());
    const title = price === undefined ? times : `${times}: ${format.price(price)}`;
    svg.append(drawn("rect", { class: kind, x: at(from), width: at(to) - at(from) - gap, y: top, height: bottom - top }, title));
  }
  const line = (/** @type {string} */ kind, /** @type {number} */ moment) => {
    const [x1, x2] = [at(moment), at(moment)];
    if (moment >= start && moment <= end) svg.append(drawn("line", { class: kind, x1, x2, y1: 0, y2: HEIGHT }));
  };
  line("ready", Date.parse(told.ready_by ?? ""));
  line("now", now.getTime());
  return [svg, axisOf(start, end, now, format, nowText)];
};

/**
 * Return the bars: of each price, or of the allowed hours if there are none; chosen times lie on top of them.
 * @param {Told} told
 * @param {number} start
 * @param {number} end
 */
const barsOf = (told, start, end) => {
  const prices = within(spansOf(told.prices), start, end);
  const slots = within(spansOf(told.slots), start, end);
  const allowed = told.allowed ? within(spansOf(told.allowed), start, end) : [{ start, end }];
  const values = prices.map(({ price }) => price ?? 0);
  const [most, least] = [Math.max(0, ...values), Math.min(0, ...values)];
  const y = (/** @type {number} */ value) => ((most - value) / (most - least || 1)) * HEIGHT;
  const zero = most === least ? HEIGHT : y(0);
  /**
   * @param {Span} span
   * @param {string} kind
   * @param {number} gap
   */
  const bar = ({ start: from, end: to, price }, kind, gap) => {
    let [top, bottom] = [0, HEIGHT];
    if (price !== undefined) [top, bottom] = price < 0 ? [zero, Math.max(y(price), zero + LEAST_HEIGHT)] : [Math.min(y(price), zero - LEAST_HEIGHT), zero];
    else if (prices.length) [top, bottom] = [zero - UNKNOWN_HEIGHT, zero];
    return { start: from, end: to, top, bottom, kind, price, gap };
  };
  const gapOf = (/** @type {Span} */ span) => (prices.length > MANY ? 0 : (GAP * (span.end - span.start)) / MINUTE);
  const made = [];
  for (const span of prices) {
    const gap = gapOf(span);
    const open = within(allowed, span.start, span.end).length;
    made.push(bar(span, open ? "price" : "closed", gap));
    for (const chosen of within(slots, span.start, span.end)) {
      made.push(bar({ ...chosen, price: span.price }, "chosen", chosen.end === span.end ? gap : 0));
    }
  }
  if (!prices.length) made.push(bar({ start, end }, "closed", 0), ...allowed.map((span) => bar(span, "price", 0)));
  const unknown = holesOf(prices, start, end).flatMap((hole) => within(slots, hole.start, hole.end));
  made.push(...unknown.map((span) => bar({ ...span, price: undefined }, prices.length ? "chosen unknown" : "chosen", 0)));
  return made;
};

/**
 * Return the times without a price.
 * @param {Span[]} prices Sorted
 * @param {number} start
 * @param {number} end
 */
const holesOf = (prices, start, end) => {
  const holes = [];
  let from = start;
  for (const price of prices) {
    holes.push({ start: from, end: price.start });
    from = price.end;
  }
  return [...holes, { start: from, end }].filter((hole) => hole.end > hole.start);
};

/**
 * Return the times below the bars.
 * @param {number} start
 * @param {number} end
 * @param {Date} now
 * @param {PlanFormat} format
 * @param {string} nowText
 */
const axisOf = (start, end, now, format, nowText) => {
  const part = (/** @type {number} */ moment) => (moment - start) / (end - start);
  const [, step] = STEPS.find(([hours]) => (end - start) / HOUR <= hours) ?? STEPS[0];
  const axis = element("div", { class: "axis", "aria-hidden": "true" });
  const first = part(now.getTime()) + NOW_ROOM + nowText.length * LETTER_ROOM;
  axis.append(element("span", { class: "now", style: `left: ${100 * part(now.getTime())}%`, text: nowText }));
  for (let moment = start; moment < end; moment += QUARTER) {
    const [hour, minute] = format.clock(new Date(moment));
    if (minute || hour % step || part(moment) < first || part(moment) > 1 - END_ROOM) continue;
    const when = new Date(moment).toISOString();
    axis.append(element("span", { style: `left: ${100 * part(moment)}%`, text: hour ? format.time(when) : format.weekday(when) }));
  }
  return axis;
};

/**
 * Return the hours, each with its average price and for how many minutes the car charges.
 * @param {Told} told
 * @param {Date} now
 */
export const hoursOf = (told, now) => {
  const { start, end } = rangeOf(told, now);
  const [prices, slots] = [spansOf(told.prices), spansOf(told.slots)];
  const rows = [];
  for (let from = start; from < end; from += HOUR) {
    const known = within(prices, from, from + HOUR);
    const time = known.reduce((sum, span) => sum + span.end - span.start, 0);
    const cost = known.reduce((sum, span) => sum + (span.end - span.start) * (span.price ?? 0), 0);
    const charged = within(slots, from, from + HOUR).reduce((sum, span) => sum + span.end - span.start, 0);
    rows.push({
      start: new Date(from).toISOString(),
      end: new Date(from + HOUR).toISOString(),
      price: time ? cost / time : undefined,
      minutes: Math.round(charged / MINUTE),
      whole: charged === HOUR,
    });
  }
  return rows;
};
