// @ts-check
/**
 * The rubric beside an answer: items to be applied, and what they come to.
 *
 * @typedef {import("./arithmetic.js").Item} Item
 * @typedef {import("./marking.js").Draft} Draft
 * @typedef {import("./source.js").Question} Question
 * @typedef {import("./source.js").KeptComment} KeptComment
 */

import { canApply, mostTimes } from "./arithmetic.js";
import { element, find, key } from "./elements.js";
import { worth } from "./marking.js";
import { counted, number } from "./numbers.js";

/** So many kept comments are listed; the rest is found by typing. */
const MOST_COMMENTS = 12;
const SIGNS = { credit: "+", deduction: "−", cap: "≤ ", instead: "= ", "one of": "", note: "" };

/** Items of a rubric as buttons; each is told apart by its id. */
export class Items {
  /** @param {(item: Item, step: number) => void} whenPressed */
  constructor(whenPressed) {
    this.place = find("items", HTMLUListElement);
    this.whenPressed = whenPressed;
    /** @type {Map<string, {button: HTMLButtonElement, count: HTMLElement, item: Item}>} */
    this.buttons = new Map();
  }

  /** @param {Question} question */
  build(question) {
    this.buttons.clear();
    this.place.replaceChildren(...this.rows(question.items, question.most));
  }

  /** @param {Draft} draft */
  show(draft) {
    for (const [id, { button, count, item }] of this.buttons) {
      const often = draft.applied[id] ?? 0;
      button.setAttribute("aria-pressed", String(often > 0));
      count.textContent = item.each && often ? `×${often}` : "";
    }
  }

  /** @param {Item[]} items @param {number} most @returns {HTMLLIElement[]} */
  rows(items, most) {
    return items.map((item) => {
      const text = item.html || (item.rule === "one of" ? "One of:" : "");
      // Before those that stand in it: keys follow the eye.
      const own = canApply(item)
        ? element("div", { class: "with-less" }, this.button(item), this.less(item, most))
        : element("p", { class: "note", html: text });
      return element("li", {}, own, item.items.length > 0 && element("ul", {}, ...this.rows(item.items, most)));
    });
  }

  /** @param {Item} item */
  button(item) {
    const place = this.buttons.size + 1;
    const name = place <= 9 ? String(place) : place <= 18 ? `⇧${place - 9}` : "";
    const count = element("span", { class: "count" });
    const limit = item.each
      ? element("small", {}, ` each${item.at_most === null ? "" : `, ${number(item.at_most)} at most`}`) : null;
    const button = element("button", {
      type: "button",
      class: `item ${item.rule}`,
      "aria-pressed": "false",
      "aria-keyshortcuts": place <= 9 ? name : place <= 18 ? `Shift+${place - 9}` : null,
      onclick: () => this.whenPressed(item, 1),
    },
    name ? key(name) : element("span", { class: "no-key" }),
    element("span", { class: "text", html: item.html || "(no text)" }),
    count,
    element("span", { class: "points" }, `${SIGNS[item.rule]}${number(item.points)}`, limit));
    this.buttons.set(item.id, { button, count, item });
    return button;
  }

  /** @param {Item} item @param {number} most */
  less(item, most) {
    if (mostTimes(item, most) === 1) return null;
    return element("button", {
      type: "button", class: "less", "aria-label": `once less: ${item.text}`, onclick: () => this.whenPressed(item, -1),
    }, "−");
  }
}

/**
 * Show what a draft comes to, and why it cannot be given.
 * @param {Question} question
 * @param {Draft} draft
 * @param {boolean} isMarked
 */
export function showWorth(question, draft, isMarked) {
  const { points, sentence } = worth(question, draft);
  const isKnown = isMarked || draft.isTouched;
  const output = find("points", HTMLOutputElement);
  output.replaceChildren(element("b", {}, isKnown ? number(points) : "–"), ` of ${number(question.most)}`);
  output.classList.toggle("refused", sentence !== "");
  const place = find("worth", HTMLElement);
  if (place.textContent !== sentence) place.textContent = sentence;
}

/**
 * List the kept comments that fit what is typed, the most used first, and those that the draft holds above them.
 * @param {KeptComment[]} comments
 * @param {Draft} draft
 * @param {{toggle: (comment: KeptComment) => void, change: ((comment: KeptComment) => void) | null}} when
 */
export function showComments(comments, draft, when) {
  const wanted = find("find-comment", HTMLInputElement).value.trim().toLowerCase();
  const fitting = comments.filter((comment) => comment.text.toLowerCase().includes(wanted));
  const held = (/** @type {KeptComment} */ comment) => draft.comments.includes(comment.id);
  find("comments", HTMLUListElement).replaceChildren(...fitting.slice(0, MOST_COMMENTS).map((comment) =>
    element("li", {},
      element("button", {
        type: "button", class: "kept", "aria-pressed": String(held(comment)), onclick: () => when.toggle(comment),
      }, element("span", {}, comment.text), element("span", { class: "uses" }, counted(comment.uses, "use"))),
      when.change && element("button", {
        type: "button", class: "less", "aria-label": `reword: ${comment.text}`, onclick: () => when.change?.(comment),
      }, "✎"))));
  if (fitting.length > MOST_COMMENTS) {
    find("comments", HTMLUListElement).append(
      element("li", { class: "quiet" }, `and ${fitting.length - MOST_COMMENTS} more; type to find them`));
  }
  find("bank", HTMLElement).hidden = comments.length === 0 && when.change === null;
  find("chosen", HTMLUListElement).replaceChildren(...comments.filter(held).map((comment) =>
    element("li", {}, element("span", {}, comment.text), element("button", {
      type: "button", class: "less", "aria-label": `leave out: ${comment.text}`, onclick: () => when.toggle(comment),
    }, "×"))));
  return fitting;
}
