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

  /** Another preview is needed. */
  forget() {
    this.token = "";
    find("apply", HTMLButtonElement).disabled = true;
    find("changes", HTMLElement).replaceChildren();
  }

  build() {
    find("rows", HTMLUListElement).replaceChildren(...this.rows(this.items));
  }

  add() {
    this.items.push({
      id: `added-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16)}`,
      rule: "credit", points: 0, each: false, at_most: null, text: "", html: "", items: [],
    });
    this.build();
    this.forget();
    const rows = this.dialog.querySelectorAll("textarea");
    rows[rows.length - 1]?.focus();
  }

  /** @param {Item[]} items @returns {HTMLLIElement[]} */
  rows(items) {
    return items.map((item) => {
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
      const read = () => {
        item.text = text.value;
        item.rule = /** @type {Item["rule"]} */ (rule.value);
        item.each = each.checked;
        item.points = Math.max(0, parseNumber(points.value) ?? 0);
        item.at_most = most.value.trim() ? parseNumber(most.value) : null;
        points.setAttribute("aria-invalid", String(parseNumber(points.value) === null));
        points.hidden = rule.value === "note" || rule.value === "one of";
        most.hidden = !each.checked;
        this.forget();
      };
      const row = element("li", { oninput: read },
        element("div", { class: "row" }, rule, points, text,
          element("label", { class: "check" }, each, " each"), most,
          element("button", {
            type: "button", class: "less", "aria-label": `take out: ${item.text}`,
            onclick: () => {
              items.splice(items.indexOf(item), 1);
              this.build();
              this.forget();
            },
          }, "×")),
        item.items.length > 0 && element("ul", {}, ...this.rows(item.items)));
      points.hidden = item.rule === "note" || item.rule === "one of";
      most.hidden = !item.each;
      return row;
    });
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
