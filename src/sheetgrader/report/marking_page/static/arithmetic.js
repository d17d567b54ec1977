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
 * @returns {number} at least 0
 */
export function points(items, applied) {
  return rounded(scope(items, applied));
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

/** @param {Item[]} items @param {Applied} applied */
function scope(items, applied) {
  const instead = items.filter((item) => item.rule === "instead" && applied[item.id]).map((item) => item.points);
  let total = instead.length ? Math.max(...instead) : sum(items.map((item) => credit(item, applied)));
  total -= sum(items.filter((item) => item.rule === "deduction").map((item) => times(item, applied)));
  const caps = items.filter((item) => item.rule === "cap" && applied[item.id]).map((item) => item.points);
  return Math.max(0, Math.min(total, ...caps));
}

/** @param {Item} item @param {Applied} applied @returns {number} */
function credit(item, applied) {
  if (item.rule === "one of") {
    return Math.max(0, ...item.items.map((alternative) =>
      canApply(alternative) ? credit(alternative, applied) : scope(alternative.items, applied)));
  }
  if (item.rule !== "credit") return 0;
  if ([...allItems(item.items)].some((inner) => applied[inner.id])) {
    return Math.min(innerPoints(item, applied), item.points);
  }
  return times(item, applied);
}

/** @param {Item} item @param {Applied} applied */
function innerPoints(item, applied) {
  const adds = [...allItems(item.items)].some(
    (inner) => applied[inner.id] && (inner.rule === "credit" || inner.rule === "instead"));
  if (adds || !applied[item.id]) return scope(item.items, applied);
  /** @type {Item} */
  const whole = { id: "", rule: "credit", points: item.points, each: false, at_most: null, text: "", html: "", items: [] };
  return scope([whole, ...item.items], { ...applied, "": 1 });
}

/** @param {Item} item @param {Applied} applied */
function times(item, applied) {
  const often = applied[item.id] ?? 0;
  const total = item.points * (item.each ? often : Math.min(often, 1));
  return item.at_most === null ? total : Math.min(total, item.at_most);
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
