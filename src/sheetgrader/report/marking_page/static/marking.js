// @ts-check
/**
 * What a tutor has in hand: the answers of one question, a draft for each that is being marked, and which comes next.
 * Nothing here knows of the page.
 *
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./source.js").Question} Question
 * @typedef {import("./arithmetic.js").Applied} Applied
 * @typedef {import("./arithmetic.js").Item} Item
 *
 * @typedef {object} Draft
 * @property {Applied} applied
 * @property {string} adjustment As it was typed.
 * @property {string} comment
 * @property {string[]} comments
 * @property {boolean} isTouched
 *
 * @typedef {"open" | "all" | "second look" | "handed to me"} Choice
 */

import { allItems, canApply, mostTimes, points, rounded } from "./arithmetic.js";
import { number, parseNumber } from "./numbers.js";

/** So little is more than the most, and no mistake: of adding numbers that have no end in binary. */
const NOTHING = 1e-9;

/**
 * The draft that an answer begins with: its mark.
 * @param {Answer} answer
 * @returns {Draft}
 */
export function draftOf(answer) {
  const mark = answer.mark;
  if (mark === null || mark.is_others) {
    return { applied: {}, adjustment: "", comment: mark?.comment ?? "", comments: [], isTouched: false };
  }
  return {
    applied: { ...mark.applied },
    adjustment: mark.adjustment ? number(mark.adjustment) : "",
    comment: mark.comment,
    comments: [...mark.comments],
    isTouched: false,
  };
}

/**
 * Points of a draft, or a sentence about why it cannot be given.
 * @param {Question} question
 * @param {Draft} draft
 * @returns {{points: number, sentence: string}}
 */
export function worth(question, draft) {
  const adjustment = parseNumber(draft.adjustment);
  const items = points(question.items, draft.applied);
  if (adjustment === null) {
    return { points: items, sentence: `“${draft.adjustment.trim()}” is no number: write the adjustment as 0,1 or −0.05.` };
  }
  const total = rounded(items + adjustment);
  if (total > question.most + NOTHING) {
    const over = number(rounded(total - question.most));
    const room = number(rounded(question.most - items));
    const way = applicable(question).length === 0 ? `give ${number(question.most)} at most`
      : items === 0 ? `adjust by ${room} at most` : `take off an item, or let the adjustment be ${room} at most`;
    return {
      points: total,
      sentence: `That is ${number(total)} of ${number(question.most)} points, ${over} too many: ${way}.`,
    };
  }
  if (total < -NOTHING) {
    return { points: total, sentence: `That is ${number(total)} points: no answer gets less than 0.` };
  }
  return { points: total, sentence: "" };
}

/**
 * Apply an item once more; what it can apply no more often, it applies no more. Of alternatives only one stays.
 * @param {Question} question
 * @param {Draft} draft
 * @param {Item} item
 * @param {number} [step]
 */
export function toggle(question, draft, item, step = 1) {
  const most = mostTimes(item, question.most);
  const often = (draft.applied[item.id] ?? 0) + step;
  const now = often > most || often < 0 ? 0 : often;
  if (now) {
    for (const other of rivals(question.items, item)) delete draft.applied[other.id];
    draft.applied[item.id] = now;
  } else delete draft.applied[item.id];
  draft.isTouched = true;
}

/**
 * The items that stand in other alternatives of the groups that an item stands in.
 * @param {Item[]} items
 * @param {Item} item
 * @returns {Item[]}
 */
function rivals(items, item) {
  /** @type {Item[]} */
  const found = [];
  for (const group of allItems(items)) {
    if (group.rule !== "one of") continue;
    const own = group.items.find((alternative) => [...allItems([alternative])].includes(item));
    if (own) found.push(...[...allItems(group.items.filter((alternative) => alternative !== own))]);
  }
  return found;
}

/**
 * Items that a tutor can say apply, in the order in which they have keys.
 * @param {Question} question
 */
export function applicable(question) {
  return [...allItems(question.items)].filter(canApply);
}

/** The answers to one question, in their order, and where the tutor is. */
export class Round {
  /**
   * @param {Question} question
   * @param {Answer[]} answers
   * @param {Choice} choice
   * @param {string} marker
   * @param {Map<string, Draft>} [drafts] Of all questions: what is begun stays begun where the tutor looks elsewhere.
   */
  constructor(question, answers, choice, marker, drafts = new Map()) {
    this.question = question;
    this.answers = new Map(answers.map((answer) => [answer.id, answer]));
    this.choice = choice;
    /** Stays as it is while the tutor marks, so that back leads to where they were. */
    this.order = answers.filter((answer) => isChosen(answer, choice, marker)).map((answer) => answer.id);
    this.position = 0;
    this.drafts = drafts;
    const items = new Set(applicable(question).map(({ id }) => id));
    for (const { id } of answers) {
      const draft = drafts.get(id);
      if (!draft?.isTouched) drafts.delete(id);
      // The rubric may be another by now.
      else for (const item of Object.keys(draft.applied)) if (!items.has(item)) delete draft.applied[item];
    }
    /** Of answers that were marked here, the version that came of it. @type {Map<string, string>} */
    this.versions = new Map();
    /** Those that are marked at once with the current one. @type {Set<string> | null} */
    this.together = null;
  }

  /** @returns {Answer | null} */
  get current() {
    return this.answers.get(this.order[this.position]) ?? null;
  }

  /** @returns {Draft | null} */
  get draft() {
    const answer = this.current;
    if (answer === null) return null;
    const found = this.drafts.get(answer.id) ?? draftOf(answer);
    this.drafts.set(answer.id, found);
    return found;
  }

  get hasDrafts() {
    return [...this.drafts.values()].some((draft) => draft.isTouched);
  }

  /** Answers like the current one that wait for a mark, without it. @returns {Answer[]} */
  get alike() {
    const current = this.current;
    if (current === null || !current.cluster) return [];
    return [...this.answers.values()].filter(
      (answer) => answer.cluster === current.cluster && answer.id !== current.id && answer.is_open);
  }

  /** Answers that a mark is given to now, the current one first. @returns {Answer[]} */
  get chosen() {
    if (this.current === null) return [];
    const others = [...(this.together ?? [])].filter((id) => id !== this.current?.id);
    const all = this.together === null || this.together.has(this.current.id) ? [this.current.id, ...others] : others;
    return all.flatMap((id) => this.answers.get(id) ?? []);
  }

  /**
   * Where one comes to from here: the next that waits for a mark, or the next at all where all are looked at.
   * @param {number} [from]
   * @returns {number} -1 where there is none
   */
  next(from = this.position) {
    if (this.choice !== "open") return from + 1 < this.order.length ? from + 1 : -1;
    const waits = (/** @type {string} */ id) => this.answers.get(id)?.is_open ?? false;
    const later = this.order.findIndex((id, position) => position > from && waits(id));
    return later >= 0 ? later : this.order.findIndex((id, position) => position !== from && waits(id));
  }

  /** The answers that come next, to be made ready. */
  ahead(count = 2) {
    /** @type {string[]} */
    const found = [];
    let position = this.position;
    for (let step = 0; step < count; step += 1) {
      position = this.next(position);
      if (position < 0 || found.includes(this.order[position])) break;
      found.push(this.order[position]);
    }
    return found;
  }

  /**
   * Know an answer as it is now.
   * @param {Answer} answer
   */
  learn(answer) {
    this.answers.set(answer.id, answer);
    const draft = this.drafts.get(answer.id);
    if (draft && !draft.isTouched) this.drafts.delete(answer.id);
  }
}

/** @param {Answer} answer @param {Choice} choice @param {string} marker */
function isChosen(answer, choice, marker) {
  if (choice === "all") return true;
  if (choice === "second look") return answer.second_look !== null;
  if (choice === "handed to me") return answer.handed_to === marker;
  return answer.is_open && answer.is_mine && (answer.handed_to === "" || answer.handed_to === marker);
}
