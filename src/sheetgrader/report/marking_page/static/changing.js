// @ts-check
/**
 * A rubric that is changed while marking: reworded, re-valued, with more or fewer items; looked at before it holds.
 *
 * @typedef {import("./arithmetic.js").Item} Item
 * @typedef {import("./source.js").Question} Question
 * @typedef {import("./source.js").Preview} Preview
 * @typedef {import("./source.js").Source} Source
 */

import { element, find } from "./elements.js";
import { canHold, move, newItem, split } from "./editing.js";
import { counted, number, parseNumber } from "./numbers.js";
import { Refused } from "./source.js";

const RULES = /** @type {const} */ ({
  credit: "credit", deduction: "deduction", cap: "at most", instead: "instead", "one of": "one of", note: "note",
});
/** More are counted. */
const MOST_CHANGES = 200;

/** The dialog in which a question's rubric is changed. */
export class Changing {
  /**
   * @param {Source} source
   * @param {() => void} whenApplied
   */
  constructor(source, whenApplied) {
    this.source = source;
    this.whenApplied = whenApplied;
    this.dialog = find("changing", HTMLDialogElement);
    /** @type {Question | null} */
    this.question = null;
    /** @type {Item[]} */
    this.items = [];
    this.token = "";
    find("add-item", HTMLButtonElement).addEventListener("click", () => this.add());
    find("preview", HTMLButtonElement).addEventListener("click", () => void this.look());
    find("apply", HTMLButtonElement).addEventListener("click", () => void this.apply());
    find("leave-rubric", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
  }

  /** @param {Question} question */
  open(question) {
    this.question = question;
    this.items = structuredClone(question.items);
    this.build();
    this.forget();
    this.dialog.showModal();
  }

  /**
   * Look at what the rubric does that rules already: to marks that it has not got to.
   * @param {Question} question
   */
  async finish(question) {
    this.open(question);
    await this.look();
  }

  /** Another preview is needed. */
  forget() {
    this.token = "";
    find("apply", HTMLButtonElement).disabled = true;
    find("changes", HTMLElement).replaceChildren();
  }

  build() {
    find("rows", HTMLUListElement).replaceChildren(...this.rows(this.items));
  }

  /** @param {Item} [item] That the new one stands in; else it stands by itself. */
  add(item) {
    const added = item ? split(item) : newItem("credit", 0);
    if (!item) this.items.push(added);
    this.build();
    this.forget();
    this.row(added)?.querySelector("textarea")?.focus();
  }

  /** @param {Item[]} items @param {Item} item @param {"up" | "down"} way */
  move(items, item, way) {
    if (!move(items, item, way === "up" ? -1 : 1)) return;
    this.build();
    this.forget();
    /** @type {HTMLElement | null | undefined} */ (this.row(item)?.querySelector(`.${way}`))?.focus();
    this.say(`Item ${items.indexOf(item) + 1} of ${items.length} now.`);
  }

  /** @param {Item[]} items @param {Item} item */
  takeOut(items, item) {
    const place = items.indexOf(item);
    items.splice(place, 1);
    this.build();
    this.forget();
    const next = items[Math.min(place, items.length - 1)];
    const row = next ? this.row(next)?.querySelector("textarea") : find("add-item", HTMLButtonElement);
    row?.focus();
  }

  /** @param {Item} item */
  row(item) {
    return [...this.dialog.querySelectorAll("li")].find((row) => row.dataset.item === item.id);
  }

  /** @param {Item[]} items @returns {HTMLLIElement[]} */
  rows(items) {
    return items.map((item, place) => element("li", { "data-item": item.id },
      this.fields(item, this.tools(items, item, place)),
      item.items.length > 0 && element("ul", {}, ...this.rows(item.items))));
  }

  /** What stands in a row to be filled in. @param {Item} item @param {HTMLElement} tools */
  fields(item, tools) {
    const points = element("input", { inputmode: "decimal", "aria-label": "Points", value: number(item.points) });
    const text = element("textarea", { rows: 2, "aria-label": "Text", value: item.text });
    const rule = element("select", { "aria-label": "What it does" }, ...Object.entries(RULES).map(([name, words]) =>
      element("option", { value: name, selected: name === item.rule }, words)));
    const each = element("input", { type: "checkbox" });
    each.checked = item.each;
    const most = element("input", {
      inputmode: "decimal", "aria-label": "At most in all", placeholder: "at most",
      value: item.at_most === null ? "" : number(item.at_most),
    });
    const show = () => {
      points.hidden = item.rule === "note" || item.rule === "one of";
      most.hidden = !item.each;
      for (const button of tools.querySelectorAll(".split")) button.toggleAttribute("disabled", !canHold(item));
    };
    const read = () => {
      item.text = text.value;
      item.rule = /** @type {Item["rule"]} */ (rule.value);
      item.each = each.checked;
      item.points = Math.max(0, parseNumber(points.value) ?? 0);
      item.at_most = most.value.trim() ? parseNumber(most.value) : null;
      points.setAttribute("aria-invalid", String(parseNumber(points.value) === null));
      show();
      this.forget();
    };
    show();
    return element("div", { class: "row", oninput: read }, rule, points, text,
      element("label", { class: "check" }, each, " each"), most, tools);
  }

  /** The buttons of a row. @param {Item[]} items @param {Item} item @param {number} place */
  tools(items, item, place) {
    const isWhole = item.rule === "credit" && item.items.length === 0;
    const named = item.text.split("\n")[0] || "an item without text";
    const tool = (
      /** @type {string} */ kind, /** @type {string} */ sign, /** @type {string} */ what, /** @type {() => void} */ act,
      isOff = false,
    ) => element("button", {
      type: "button", class: `less ${kind}`, title: what, "aria-label": `${what}: ${named}`,
      "aria-disabled": isOff ? "true" : null, onclick: act,
    }, sign);
    return element("span", { class: "tools" },
      tool("up", "↑", "move up", () => this.move(items, item, "up"), place === 0),
      tool("down", "↓", "move down", () => this.move(items, item, "down"), place === items.length - 1),
      isWhole ? tool("split", "Split", "split", () => this.add(item)) : tool("split", "+", "add to it", () => this.add(item)),
      tool("out", "×", "take out", () => this.takeOut(items, item)));
  }

  /** @param {string} sentence */
  say(sentence) {
    find("changes", HTMLElement).replaceChildren(element("p", { class: "quiet" }, sentence));
  }

  async look() {
    const place = find("changes", HTMLElement);
    if (this.dialog.querySelector("[aria-invalid=true]")) {
      place.replaceChildren(element("p", { class: "refused" }, "Write points as numbers: 0,1 or 0.25."));
      return;
    }
    await this.trying(async () => this.show(await this.source.preview(this.question?.id ?? "", this.items)));
  }

  async apply() {
    await this.trying(async () => {
      const preview = await this.source.change(this.question?.id ?? "", this.items, this.token);
      if (preview.sentence) {
        this.show(preview);
        return;
      }
      this.dialog.close();
      this.whenApplied();
    });
  }

  /** @param {Preview} preview */
  show(preview) {
    const shown = preview.changes.slice(0, MOST_CHANGES);
    const more = preview.changes.length - shown.length;
    find("changes", HTMLElement).replaceChildren(
      preview.sentence && element("p", { class: "refused" }, preview.sentence) || "",
      ...preview.problems.map((problem) => element("p", { class: "refused" }, `Look again: ${problem}.`)),
      element("p", {}, element("b", {}, preview.changes.length
        ? `${counted(preview.changes.length, "mark changes", "marks change")}; ${counted(preview.unchanged, "stays", "stay")} as they are.`
        : `No points change; ${counted(preview.unchanged, "mark")} looked at.`)),
      element("ul", { class: "changes" }, ...shown.map((change) => element("li", {},
        `Answer ${change.number}: ${number(change.before)} → `, element("b", {}, number(change.after)),
        change.remark ? ` (${change.remark})` : ""))),
      more > 0 ? element("p", {}, `and ${more} more`) : "");
    this.token = preview.token;
    find("apply", HTMLButtonElement).disabled = false;
  }

  /** @param {() => Promise<void>} what */
  async trying(what) {
    try {
      await what();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      find("changes", HTMLElement).replaceChildren(element("p", { class: "refused" }, error.message));
    }
  }
}
