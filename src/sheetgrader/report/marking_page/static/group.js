// @ts-check
/**
 * Answers that are alike, side by side, to be marked at once; any of them can be taken out.
 *
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./marking.js").Round} Round
 */

import { element, find } from "./elements.js";
import { frame } from "./frames.js";
import { counted } from "./numbers.js";

/** So many are shown side by side, each of another wording; the rest is listed. */
const MOST_CARDS = 24;

/** The view of a group of answers. */
export class Group {
  /**
   * @param {HTMLElement} place
   * @param {import("./frames.js").Frames} frames
   * @param {() => void} whenChanged
   */
  constructor(place, frames, whenChanged) {
    this.place = place;
    this.frames = frames;
    this.whenChanged = whenChanged;
    /** How often it was entered or left: what was still being shown then is not any more. */
    this.times = 0;
  }

  leave() {
    this.times += 1;
    this.place.hidden = true;
    this.place.replaceChildren();
    find("frames", HTMLElement).hidden = false;
  }

  /** @param {Round} round */
  async enter(round) {
    const chosen = round.chosen;
    this.times += 1;
    const { times } = this;
    /** @type {Map<string, Answer[]>} */
    const byWording = new Map();
    for (const answer of chosen) byWording.set(answer.wording, [...(byWording.get(answer.wording) ?? []), answer]);
    const cards = [...byWording.values()];
    this.place.hidden = false;
    find("frames", HTMLElement).hidden = true;
    this.place.replaceChildren(
      element("p", {}, `${counted(chosen.length, "answer")} to be marked at once`
        + (cards.length < chosen.length ? `, of ${counted(cards.length, "wording")}` : "")
        + ". Untick what is to be marked by itself."));
    for (const [position, same] of cards.entries()) {
      const holder = element("div", { class: "held" });
      this.place.append(element("article", { "aria-label": `Answer ${same[0].number}` },
        element("div", { class: "ticks" }, ...same.map((answer) => this.tick(round, answer))), holder));
      if (position >= MOST_CARDS) holder.textContent = "Untick it to see it by itself.";
      else {
        const content = await this.frames.content(same[0].id);
        if (this.times !== times) return;
        holder.append(frame(`Answer ${same[0].number}`, content));
      }
    }
  }

  /** @param {Round} round @param {Answer} answer */
  tick(round, answer) {
    const box = element("input", {
      type: "checkbox",
      onchange: () => {
        if (box.checked) round.together?.add(answer.id);
        else round.together?.delete(answer.id);
        this.whenChanged();
      },
    });
    box.checked = true;
    return element("label", { class: "check" }, box, ` ${answer.number}`);
  }
}
