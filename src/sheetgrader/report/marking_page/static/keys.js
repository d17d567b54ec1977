// @ts-check
/** Keys and buttons of the page, and what they do. */

import { find } from "./elements.js";

/** Whether single keys act is the tutor's choice: those who dictate to their browser may not want them. */
const CHOICE = "sheetgrader single keys";

/**
 * @param {import("./page.js").Page} page
 * @param {Record<string, () => void>} more Keys that only some pages have.
 */
export function listen(page, more = {}) {
  /** @type {Record<string, () => void>} */
  const keys = {
    a: () => focusOn("adjustment"),
    b: () => focusOn("find-comment"),
    c: () => focusOn("comment"),
    e: () => document.querySelector(/** @type {"iframe"} */ (".frames .shown, .group iframe"))?.focus(),
    f: () => void page.secondLook(),
    g: () => page.toggleGroup(),
    h: () => void page.handOver(),
    k: () => void page.keepComment(),
    n: () => page.skip(),
    p: () => void page.showScans(),
    q: () => void page.showAsked(),
    r: () => page.changeRubric(),
    u: () => page.undo(),
    "0": () => page.nothing(),
    "?": () => find("help", HTMLDialogElement).showModal(),
    ...more,
  };
  /** @type {Record<string, () => void>} */
  const buttons = {
    back: () => page.back(),
    skip: keys.n,
    nothing: keys["0"],
    save: () => page.save(),
    undo: keys.u,
    "second-look": keys.f,
    "hand-over": keys.h,
    "show-group": keys.g,
    "keep-comment": keys.k,
    "change-rubric": keys.r,
    "show-help": keys["?"],
  };
  for (const [id, act] of Object.entries(buttons)) document.getElementById(id)?.addEventListener("click", act);
  const single = find("single-keys", HTMLInputElement);
  single.checked = remembered() !== "no";
  single.addEventListener("change", () => remember(single.checked ? "yes" : "no"));
  for (const id of ["adjustment", "comment"]) document.getElementById(id)?.addEventListener("input", () => page.typed());
  find("find-comment", HTMLInputElement).addEventListener("input", () => page.showMark());
  find("asked", HTMLDetailsElement).addEventListener("toggle", (event) =>
    void page.showAsked(/** @type {HTMLDetailsElement} */ (event.target).open));
  find("scans", HTMLDetailsElement).addEventListener("toggle", (event) =>
    void page.showScans(/** @type {HTMLDetailsElement} */ (event.target).open));
  const select = find("question", HTMLSelectElement);
  select.addEventListener("change", () => void page.trying(() => page.open(select.value)));
  find("choice", HTMLSelectElement).addEventListener("change", () => void page.trying(() => page.open(select.value)));

  addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const isText = target.matches("textarea, select, input:not([type=checkbox])");
    if (event.key === "Enter" && saves(event, target)) {
      event.preventDefault();
      if (event.shiftKey) page.back();
      else page.save();
      return;
    }
    if (event.key === "Enter" && target.id === "find-comment") {
      event.preventDefault();
      page.takeFound();
      return;
    }
    if (event.key === "Escape" && isText) {
      find("position", HTMLElement).focus();
      return;
    }
    if (isText || event.ctrlKey || event.metaKey || event.altKey || !single.checked) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
    const isShifted = event.shiftKey && !/^\d$/.test(event.key);
    const act = digit ? () => page.pressKey(Number(digit) + (isShifted ? 9 : 0)) : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // A click into an answer gives it the keys; they come back, except where somebody has gone there to scroll.
  let byTab = false;
  addEventListener("keydown", (event) => {
    byTab = event.key === "Tab" || event.key === "e";
  }, true);
  addEventListener("pointerdown", () => {
    byTab = false;
  }, true);
  addEventListener("blur", () => setTimeout(() => {
    const isInFrame = document.activeElement instanceof HTMLIFrameElement;
    find("in-frame", HTMLElement).hidden = !(isInFrame && byTab);
    if (isInFrame && !byTab) find("position", HTMLElement).focus({ preventScroll: true });
  }));
  addEventListener("focus", () => {
    find("in-frame", HTMLElement).hidden = true;
  });
}

/**
 * Whether Enter saves: everywhere, but where it has a meaning of its own.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} target
 */
function saves(event, target) {
  if (event.ctrlKey || event.metaKey) return true;
  if (event.altKey || target.matches("textarea, select, summary, a, input[type=search]")) return false;
  return !target.matches("button") || target.matches(".item");
}

/** @param {string} id */
function focusOn(id) {
  const field = /** @type {HTMLElement} */ (document.getElementById(id));
  /** @type {HTMLDetailsElement | null} */ (field.closest("details"))?.setAttribute("open", "");
  field.focus();
  if (field instanceof HTMLInputElement) field.select();
}

function remembered() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

/** @param {string} choice */
function remember(choice) {
  try {
    localStorage.setItem(CHOICE, choice);
  } catch {
    // The browser keeps nothing; it holds until the page is closed.
  }
}
