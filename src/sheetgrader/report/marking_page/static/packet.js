// @ts-check
/**
 * A packet: answers that lie in the page's own file, marks that lie in the browser until they are saved as a file.
 *
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./source.js").Sheet} Sheet
 * @typedef {import("./source.js").NewMark} NewMark
 * @typedef {import("./source.js").Given} Given
 * @typedef {import("./source.js").Source} Source
 *
 * @typedef {object} Kept What somebody has said about one answer.
 * @property {{applied: Record<string, number>, adjustment: number, comment: string, comments: string[]} | null} mark
 * @property {string | null} second_look Why; empty for not any more, null says nothing about it.
 * @property {string | null} handed_to
 * @property {string} when
 * @property {boolean} isSaved
 * @property {Kept | null} before
 *
 * @typedef {object} PacketContent
 * @property {string} packet Its own id, which says which marks in the browser are its.
 * @property {Sheet} sheet
 * @property {Record<string, Answer[]>} answers By question.
 */

import { points, rounded } from "./arithmetic.js";
import { Refused } from "./source.js";

const PREFIX = "sheetgrader packet ";
/** So many earlier marks of an answer can be taken back. */
const MOST_BEFORE = 5;

/** @implements {Source} */
export class Packet {
  /**
   * @param {PacketContent} content
   * @param {(question: string, kind: "answers" | "asked" | "scans") => Record<string, string>} documents
   * @param {string} style Of all documents, which have room for it.
   */
  constructor(content, documents, style) {
    this.isPacket = true;
    this.packet = content.packet;
    this.packed = content;
    this.documents = documents;
    this.style = style;
    this.marker = content.sheet.marker;
    /** Why marks last only as long as the page is open; empty where they are kept. */
    this.trouble = "";
    /** @type {Record<string, Kept>} */
    this.kept = {};
    this.whenChanged = () => undefined;
    this.read();
    /** @type {Map<string, {question: string, answer: Answer}>} */
    this.known = new Map(Object.entries(content.answers).flatMap(([question, answers]) =>
      answers.map((answer) => /** @type {const} */ ([answer.id, { question, answer }]))));
  }

  /** What the browser keeps of this packet: another window may have written it. */
  get place() {
    return PREFIX + this.packet;
  }

  /** Know what the browser keeps, where it keeps all that was said here. */
  read() {
    if (this.trouble) return;
    try {
      const found = JSON.parse(localStorage.getItem(this.place) ?? "{}");
      this.kept = found.kept ?? {};
      this.marker = found.marker || this.marker;
    } catch {
      this.trouble = "This browser keeps nothing for files: save your marks before you close the page.";
    }
  }

  get unsaved() {
    return Object.values(this.kept).filter((kept) => !kept.isSaved).length;
  }

  /** @param {string} name */
  setMarker(name) {
    this.read();
    this.marker = name.trim();
    this.keep();
  }

  /** The marks as a file: one line each, as sheetgrader mark --merge reads them. */
  marksFile() {
    this.read();
    if (!this.marker) throw new Refused("Write your name first: marks say who gave them.");
    const lines = Object.entries(this.kept).map(([id, kept]) => {
      const answer = this.known.get(id)?.answer;
      return JSON.stringify({
        packet: this.packet,
        answer: id,
        digest: answer?.digest ?? "",
        version: answer?.version ?? "",
        by: this.marker,
        when: kept.when,
        mark: kept.mark,
        second_look: kept.second_look === null ? null : kept.second_look !== "",
        why: kept.second_look ?? "",
        handed_to: kept.handed_to,
      });
    });
    return lines.map((line) => `${line}\n`).join("");
  }

  /** They are in a file now. */
  nowSaved() {
    for (const kept of Object.values(this.kept)) kept.isSaved = true;
    this.keep();
  }

  async sheet() {
    const sheet = this.packed.sheet;
    const questions = sheet.questions.map((question) => {
      const answers = this.packed.answers[question.id] ?? [];
      return {
        ...question,
        answers: answers.length,
        marked: answers.filter((answer) => !this.now(answer).is_open).length,
      };
    });
    const used = Object.values(this.kept).flatMap((kept) => kept.mark?.comments ?? []);
    const comments = sheet.comments.map((comment) => ({
      ...comment,
      uses: comment.uses + used.filter((id) => id === comment.id).length,
    }));
    return { ...sheet, marker: this.marker, questions, comments };
  }

  /** @param {string} question */
  async answers(question) {
    return (this.packed.answers[question] ?? []).map((answer) => this.now(answer));
  }

  /** @param {string} answer */
  async content(answer) {
    return this.styled(this.documents(this.known.get(answer)?.question ?? "", "answers")[answer] ?? "");
  }

  /** @param {Answer} answer */
  async scans(answer) {
    return this.styled(this.documents("", "scans")[answer.scans] ?? "");
  }

  /** @param {string} question */
  async asked(question) {
    return this.styled(this.documents(question, "asked")[question] ?? "");
  }

  /** @param {string} document @private */
  styled(document) {
    return document.replace("<style></style>", () => `<style>${this.style}</style>`);
  }

  /** @param {string} _question @param {NewMark} mark @returns {Promise<Given[]>} */
  async give(_question, { answers, applied, adjustment, comment, comments }) {
    return answers.map(({ id }) => {
      this.say(id, { mark: { applied: { ...applied }, adjustment, comment: comment.trim(), comments } });
      return { id, became: "given", answer: this.answer(id), sentence: "" };
    });
  }

  /** @param {string} _question @param {import("./source.js").Seen[]} answers @returns {Promise<Given[]>} */
  async undo(_question, answers) {
    this.read();
    return answers.map(({ id }) => {
      const kept = this.kept[id];
      if (!kept) return { id, became: "refused", answer: this.answer(id), sentence: "Nothing was given here." };
      if (kept.before) this.kept[id] = { ...kept.before, isSaved: false };
      else delete this.kept[id];
      this.keep();
      return { id, became: "given", answer: this.answer(id), sentence: "" };
    });
  }

  /** @param {string} _question @param {string} answer @param {boolean} isWanted @param {string} why */
  async secondLook(_question, answer, isWanted, why) {
    this.say(answer, { second_look: isWanted ? why || "a second look" : "" });
    return this.answer(answer);
  }

  /** @param {string} _question @param {string} answer @param {string} to */
  async handOver(_question, answer, to) {
    this.say(answer, { handed_to: to });
    return this.answer(answer);
  }

  /** @returns {Promise<never>} */
  async keepComment() {
    throw new Refused("A packet's comments are those of the course when it was made.");
  }

  /** @returns {Promise<never>} */
  async changeComment() {
    return this.keepComment();
  }

  /** @returns {Promise<never>} */
  async preview() {
    throw new Refused("A packet's rubric stays as it is: adjust, and say why in the comment.");
  }

  /** @returns {Promise<never>} */
  async change() {
    return this.preview();
  }

  /**
   * @param {string} id
   * @param {Partial<Kept>} what
   * @private
   */
  say(id, what) {
    this.read();
    const before = this.kept[id] ?? null;
    const said = before ?? { mark: null, second_look: null, handed_to: null };
    this.kept[id] = { ...said, ...what, when: new Date().toISOString(), isSaved: false, before: shortened(before, MOST_BEFORE) };
    this.keep();
  }

  /** @private */
  keep() {
    try {
      localStorage.setItem(this.place, JSON.stringify({ kept: this.kept, marker: this.marker }));
      this.trouble = "";
    } catch {
      this.trouble = "This browser keeps no more: save your marks before you close the page.";
    }
    this.whenChanged();
  }

  /** @param {string} id */
  answer(id) {
    const found = this.known.get(id);
    if (!found) throw new Refused("This packet has no such answer.");
    return this.now(found.answer);
  }

  /** @param {Answer} answer @returns {Answer} @private */
  now(answer) {
    const kept = this.kept[answer.id];
    if (!kept) return answer;
    const question = this.packed.sheet.questions.find(({ id }) => id === this.known.get(answer.id)?.question);
    const mark = kept.mark && {
      ...kept.mark,
      points: rounded(points(question?.items ?? [], kept.mark.applied) + kept.mark.adjustment),
      by: this.marker || "you",
      is_others: false,
      is_for_earlier_answer: false,
      is_beside_other_verdict: false,
    };
    return {
      ...answer,
      mark: mark ?? answer.mark,
      is_open: mark ? false : answer.is_open,
      second_look: kept.second_look === null ? answer.second_look : kept.second_look || null,
      handed_to: kept.handed_to ?? answer.handed_to,
    };
  }
}

/**
 * @param {Kept | null} kept
 * @param {number} most
 * @returns {Kept | null}
 */
function shortened(kept, most) {
  return kept && most ? { ...kept, before: shortened(kept.before, most - 1) } : null;
}
