// @ts-check
/** Numbers as people write them: with a decimal comma or a point. */

import { rounded } from "./arithmetic.js";

/**
 * @param {string} text
 * @returns {number | null} null where it is no number; 0 for nothing
 */
export function parseNumber(text) {
  const plain = text.trim().replace("−", "-");
  if (plain === "") return 0;
  return /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/.test(plain) ? Number(plain.replace(",", ".")) : null;
}

/**
 * At most three decimal places, and no zeros at the end.
 * @param {number} value
 */
export function number(value) {
  return String(rounded(Math.abs(value)) === 0 ? 0 : (value < 0 ? -1 : 1) * rounded(Math.abs(value))).replace("-", "−");
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many ?? one + "s"}`;
}
