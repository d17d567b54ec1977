// @ts-check
/** Frames in which students' answers stand: nothing in them runs, and nothing of the page can be reached from them. */

import { element } from "./elements.js";

/** So many answers stay at hand, and so many of them in frames. */
const MOST_DOCUMENTS = 80;
const MOST_FRAMES = 4;

/**
 * An empty sandbox: no scripts, no origin, no forms, no popups.
 * @param {string} title
 * @param {string} content
 */
export function frame(title, content) {
  return element("iframe", { sandbox: "", referrerpolicy: "no-referrer", title, srcdoc: content });
}

/** Frames of one place in the page; the next ones are made while the tutor still reads. */
export class Frames {
  /**
   * @param {HTMLElement} place
   * @param {(id: string) => Promise<string>} load
   */
  constructor(place, load) {
    this.place = place;
    this.load = load;
    /** @type {Map<string, Promise<string>>} */
    this.documents = new Map();
    /** @type {Map<string, HTMLIFrameElement>} */
    this.frames = new Map();
    this.wanted = "";
  }

  /**
   * @param {string} id
   * @returns {Promise<string>}
   */
  content(id) {
    let found = this.documents.get(id);
    if (found === undefined) {
      found = this.load(id);
      found.catch(() => this.documents.delete(id));
    }
    this.documents.delete(id);
    this.documents.set(id, found);
    for (const old of [...this.documents.keys()].slice(0, -MOST_DOCUMENTS)) this.documents.delete(old);
    return found;
  }

  /**
   * Show an answer, and make those ready that come next.
   * @param {string} id
   * @param {string} title
   * @param {string[]} next
   */
  async show(id, title, next) {
    this.wanted = id;
    const ready = this.frames.get(id);
    if (ready) this.reveal(id, title);
    else {
      // What was shown before is another answer's.
      this.reveal("", "");
      await this.prepare(id);
      if (this.wanted === id) this.reveal(id, title);
    }
    for (const other of next) void this.prepare(other).catch(() => undefined);
    const keep = new Set([id, ...next]);
    for (const [old, made] of this.frames) {
      if (this.frames.size <= MOST_FRAMES) break;
      if (!keep.has(old)) {
        made.remove();
        this.frames.delete(old);
      }
    }
  }

  /** Forget all of it: another question is looked at. */
  clear() {
    this.wanted = "";
    for (const made of this.frames.values()) made.remove();
    this.frames.clear();
    this.documents.clear();
  }

  /**
   * @param {string} id
   * @private
   */
  async prepare(id) {
    if (this.frames.has(id)) return;
    const content = await this.content(id);
    if (this.frames.has(id)) return;
    const made = frame("", content);
    made.setAttribute("aria-hidden", "true");
    made.tabIndex = -1;
    this.frames.set(id, made);
    this.place.append(made);
  }

  /**
   * @param {string} id
   * @param {string} title
   * @private
   */
  reveal(id, title) {
    for (const [other, made] of this.frames) {
      const isShown = other === id;
      made.classList.toggle("shown", isShown);
      if (isShown) made.removeAttribute("aria-hidden");
      else made.setAttribute("aria-hidden", "true");
      made.tabIndex = isShown ? 0 : -1;
      made.title = isShown ? title : "";
    }
  }
}
