// @ts-check
/**
 * What an answer earns where some items of a rubric apply; the same as sheetgrader.marking.rubrics.points in Python.
 *
 * @typedef {object} Item
 * @property {string} id
 * @property {"credit" | "deduction" | "cap" | "instead" | "one of" | "note"} rule
 * @property {number} points
 * @property {boolean} each
 * @property {number | null} at_most
 * @property {string} text Markdown, to be changed.
 * @property {string} html The same, to be shown.
 * @property {Item[]} items
 *
 * @typedef {Record<string, number>} Applied How often each item applies, by its id.
 */

/**
 * @param {Item[]} items
 * @param {Applied} applied
 * @returns {number} at least 0, at most what the items reach
 */
export function points(items, applied) {
  return rounded(Math.min(scope(items, applied), reach(items)));
}

/**
 * The most that items can come to.
 * @param {Item[]} items
 * @returns {number}
 */
export function reach(items) {
  return rounded(sum(items.map(reachOf)));
}

/**
 * Round to a thousandth as Python does: what lies between two is rounded to the even one.
 * @param {number} value
 */
export function rounded(value) {
  const isHalf = Math.abs(value * 16) % 2 === 1;
  if (!isHalf) return Number(value.toFixed(3)) + 0;
  const below = Math.floor(value * 1000);
  return (below % 2 === 0 ? below : below + 1) / 1000 + 0;
}

/**
 * Every item, each before those that stand in it.
 * @param {Item[]} items
 * @returns {Generator<Item>}
 */
export function* allItems(items) {
  for (const item of items) {
    yield item;
    yield* allItems(item.items);
  }
}

/** @param {Item} item */
export function canApply(item) {
  return item.rule !== "note" && item.rule !== "one of";
}

/**
 * How often an item can apply at most.
 * @param {Item} item
 * @param {number} mostPoints of the question
 */
export function mostTimes(item, mostPoints) {
  if (!item.each) return 1;
  if (item.points <= 0) return 1;
  return Math.max(1, Math.ceil((item.at_most ?? mostPoints) / item.points - 1e-9));
}

/** @param {Item} item @returns {number} */
function reachOf(item) {
  if (item.rule === "credit") return item.at_most ?? item.points;
  if (item.rule === "one of") return Math.max(0, ...item.items.map(reachOf));
  return item.rule === "note" ? reach(item.items) : 0;
}

/**
 * The points of items that stand together.
 * @param {Item[]} items
 * @param {Applied} applied
 * @param {boolean} [given] What they stand in is given as a whole, so they are there where nothing else is said.
 * @param {number} [rest] What is given beside them.
 * @returns {number}
 */
function scope(items, applied, given = false, rest = 0) {
  const that = (/** @type {Item["rule"]} */ rule) => items.filter((item) => item.rule === rule);
  const instead = that("instead").filter((item) => applies(item, applied)).map((item) => item.points);
  let total = instead.length ? Math.max(...instead) : rest + sum(items.map((item) => earned(item, applied, given)));
  total -= sum(that("deduction").map((item) => times(item, applied)));
  const caps = that("cap").filter((item) => applies(item, applied)).map((item) => item.points);
  return Math.max(0, Math.min(total, ...caps));
}

/** @param {Item} item @param {Applied} applied @param {boolean} given @returns {number} */
function earned(item, applied, given) {
  if (item.rule === "credit") return credit(item, applied, given);
  if (item.rule === "note") return scope(item.items, applied, given);
  if (item.rule !== "one of") return 0;
  // Where the whole is given, it is given for the alternative of which something is said.
  const spokenOf = item.items.filter((each) => [...allItems([each])].some((inner) => applies(inner, applied)));
  return Math.max(0, ...(spokenOf.length ? spokenOf : item.items).map((each) => earned(each, applied, given)));
}

/** @param {Item} item @param {Applied} applied @param {boolean} given @returns {number} */
function credit(item, applied, given) {
  const within = [...allItems(item.items)].filter((inner) => applies(inner, applied));
  if (within.length === 0) return given ? reachOf(item) : times(item, applied);
  const isWhole = (given || applies(item, applied)) && within.every((inner) => inner.rule !== "credit");
  const total = isWhole
    ? scope(item.items, applied, true, item.points - reach(item.items))
    : scope(item.items, applied);
  return Math.min(total, item.points);
}

/** @param {Item} item @param {Applied} applied */
function applies(item, applied) {
  return canApply(item) && (applied[item.id] ?? 0) > 0;
}

/** @param {Item} item @param {Applied} applied */
function times(item, applied) {
  const often = Math.max(0, applied[item.id] ?? 0);
  const total = item.points * (item.each ? often : Math.min(often, 1));
  return item.at_most === null ? total : Math.min(total, item.at_most);
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
