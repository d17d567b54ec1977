// @ts-check
/**
 * Items of a rubric that is being changed: new ones, splitting one, and their order. Nothing here knows of the page.
 *
 * @typedef {import("./arithmetic.js").Item} Item
 */

import { reach, rounded } from "./arithmetic.js";

/**
 * An item that nobody has written yet.
 * @param {Item["rule"]} rule
 * @param {number} points
 * @returns {Item}
 */
export function newItem(rule, points) {
  const id = `added-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16)}`;
  return { id, rule, points: rounded(points), each: false, at_most: null, text: "", html: "", items: [] };
}

/**
 * Whether other items may stand in an item.
 * @param {Item} item
 */
export function canHold(item) {
  return item.rule === "note" || item.rule === "one of" || (item.rule === "credit" && !item.each);
}

/**
 * Put an item into another, worth what those in it leave; into a credit that was whole two of them, which halve it. Marks
 * by the whole stay as they are.
 * @param {Item} item
 * @returns {Item} the first that is new
 */
export function split(item) {
  const isWhole = item.rule === "credit" && reach(item.items) === 0;
  const rest = item.rule === "credit" ? Math.max(0, item.points - reach(item.items)) : 0;
  const first = newItem("credit", isWhole ? rest / 2 : rest);
  item.items.push(first);
  if (isWhole) item.items.push(newItem("credit", rest - first.points));
  return first;
}

/**
 * Move an item among those it stands with.
 * @param {Item[]} items
 * @param {Item} item
 * @param {number} step
 * @returns {boolean} whether it was moved
 */
export function move(items, item, step) {
  const place = items.indexOf(item);
  const target = place + step;
  if (target < 0 || target >= items.length) return false;
  items.splice(place, 1);
  items.splice(target, 0, item);
  return true;
}
