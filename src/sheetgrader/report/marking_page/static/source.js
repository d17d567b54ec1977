// @ts-check
/**
 * Where the page gets its answers from and takes its marks to: a server. A packet has its own, see packet.js.
 *
 * @typedef {import("./arithmetic.js").Item} Item
 * @typedef {import("./arithmetic.js").Applied} Applied
 *
 * @typedef {object} Question
 * @property {string} id
 * @property {string} name As students know it.
 * @property {string} title
 * @property {number} most Points that an answer can get.
 * @property {boolean} is_judged Tests judge it; people see to what they could not judge.
 * @property {number} marked
 * @property {number} answers
 * @property {number} by_earlier_rubric Marks whose points are not what the rubric comes to now.
 * @property {Item[]} items
 *
 * @typedef {object} KeptComment
 * @property {string} id
 * @property {string} text
 * @property {number} uses
 *
 * @typedef {object} Mark
 * @property {Applied} applied
 * @property {number} adjustment
 * @property {number | null} points null where there is only a comment.
 * @property {string} comment
 * @property {string[]} comments
 * @property {string} by
 * @property {boolean} is_others Given in the gradebook by somebody, not by items.
 * @property {boolean} is_for_earlier_answer
 * @property {boolean} is_beside_other_verdict
 *
 * @typedef {object} Answer
 * @property {string} id
 * @property {number} number What the page calls it, which says nothing of whose it is.
 * @property {string} digest
 * @property {string} version
 * @property {boolean} is_empty
 * @property {boolean} is_unread Nothing of what the group handed in could be read or run.
 * @property {boolean} is_open Somebody still has to mark it, or to look at its mark again.
 * @property {string} cluster Answers of the same cluster are marked together: equal, or nearly, or of equal verdicts.
 * @property {string} wording Those of the same wording say the same word for word.
 * @property {boolean} is_mine In my share, where several share the work.
 * @property {number | null} auto_points By the tests.
 * @property {Mark | null} mark
 * @property {string} scans What the group's scans are called; empty where there are none.
 * @property {string | null} second_look Why; null where nobody asked for one.
 * @property {string} handed_to
 *
 * @typedef {object} Sheet
 * @property {string} name
 * @property {string} title
 * @property {string} marker
 * @property {Question[]} questions
 * @property {KeptComment[]} comments
 * @property {string[]} remarks
 *
 * @typedef {{id: string, version: string}} Seen An answer and the version of it that was seen.
 *
 * @typedef {object} NewMark
 * @property {Seen[]} answers
 * @property {Applied} applied
 * @property {number} adjustment
 * @property {string} comment
 * @property {string[]} comments
 *
 * @typedef {object} Given
 * @property {string} id
 * @property {"given" | "conflict" | "refused"} became
 * @property {Answer | null} answer As it is now.
 * @property {string} sentence Why it was not given.
 *
 * @typedef {object} Change
 * @property {string} id Of the answer.
 * @property {number} number
 * @property {number} before
 * @property {number} after
 * @property {string} remark
 *
 * @typedef {object} Preview
 * @property {Change[]} changes
 * @property {string} token Of what was looked at; applying asks for it again.
 * @property {number} unchanged
 * @property {string[]} problems What is wrong with the rubric, one sentence each.
 * @property {string} sentence Set where it was not applied, because marks have changed since.
 *
 * @typedef {object} Source
 * @property {boolean} isPacket
 * @property {() => Promise<Sheet>} sheet
 * @property {(question: string) => Promise<Answer[]>} answers
 * @property {(answer: string) => Promise<string>} content
 * @property {(question: string) => Promise<string>} asked
 * @property {(answer: Answer) => Promise<string>} scans
 * @property {(question: string, mark: NewMark) => Promise<Given[]>} give
 * @property {(question: string, answers: Seen[]) => Promise<Given[]>} undo
 * @property {(question: string, answer: string, isWanted: boolean, why: string) => Promise<Answer>} secondLook
 * @property {(question: string, answer: string, to: string) => Promise<Answer>} handOver
 * @property {(text: string) => Promise<KeptComment[]>} keepComment
 * @property {(id: string, text: string) => Promise<KeptComment[]>} changeComment
 * @property {(question: string, items: Item[]) => Promise<Preview>} preview
 * @property {(question: string, items: Item[], token: string) => Promise<Preview>} change
 */

/** What the server refused, as a sentence. */
export class Refused extends Error {}

/** @implements {Source} */
export class Server {
  /** @param {string} address Of the sheet's API. */
  constructor(address) {
    this.address = address;
    this.isPacket = false;
  }

  /** @returns {Promise<Sheet>} */
  sheet() {
    return this.get("sheet");
  }

  /** @param {string} question @returns {Promise<Answer[]>} */
  answers(question) {
    return this.get("answers", { question });
  }

  /** @param {string} answer */
  async content(answer) {
    return (await this.fetch(`content?${new URLSearchParams({ answer })}`)).text();
  }

  /** @param {string} question */
  async asked(question) {
    return (await this.fetch(`asked?${new URLSearchParams({ question })}`)).text();
  }

  /** @param {Answer} answer */
  async scans(answer) {
    return (await this.fetch(`scans?${new URLSearchParams({ answer: answer.id })}`)).text();
  }

  /** @param {string} question @param {NewMark} mark @returns {Promise<Given[]>} */
  give(question, mark) {
    return this.post("marks", { question, ...mark });
  }

  /** @param {string} question @param {Seen[]} answers @returns {Promise<Given[]>} */
  undo(question, answers) {
    return this.post("undo", { question, answers });
  }

  /** @param {string} question @param {string} answer @param {boolean} isWanted @param {string} why @returns {Promise<Answer>} */
  secondLook(question, answer, isWanted, why) {
    return this.post("second-look", { question, answer, is_wanted: isWanted, why });
  }

  /** @param {string} question @param {string} answer @param {string} to @returns {Promise<Answer>} */
  handOver(question, answer, to) {
    return this.post("hand-over", { question, answer, to });
  }

  /** @param {string} text @returns {Promise<KeptComment[]>} */
  keepComment(text) {
    return this.post("comments", { text });
  }

  /** @param {string} id @param {string} text @returns {Promise<KeptComment[]>} */
  changeComment(id, text) {
    return this.post("comments", { id, text });
  }

  /** @param {string} question @param {Item[]} items @returns {Promise<Preview>} */
  preview(question, items) {
    return this.post("preview", { question, items });
  }

  /** @param {string} question @param {Item[]} items @param {string} token @returns {Promise<Preview>} */
  change(question, items, token) {
    return this.post("rubric", { question, items, token });
  }

  /** @param {string} what @param {Record<string, string>} [of] @returns {Promise<any>} */
  async get(what, of) {
    return (await this.fetch(of ? `${what}?${new URLSearchParams(of)}` : what)).json();
  }

  /** @param {string} what @param {object} content @returns {Promise<any>} */
  async post(what, content) {
    const forged = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie);
    const answer = await this.fetch(what, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-XSRFToken": forged ? decodeURIComponent(forged[1]) : "" },
      body: JSON.stringify(content),
    });
    return answer.json();
  }

  /** @param {string} what @param {RequestInit} [options] */
  async fetch(what, options) {
    let answer;
    try {
      answer = await fetch(`${this.address}/${what}`, { credentials: "same-origin", ...options });
    } catch {
      throw new Refused("The server cannot be reached; is sheetgrader mark still running? Nothing here is lost.");
    }
    // A server that wants a login first leads to it.
    if (answer.ok && !answer.redirected) return answer;
    if (answer.status === 403 || answer.redirected) {
      throw new Refused("The server does not know you any more; open the address that sheetgrader mark shows.");
    }
    const said = await answer.json().catch(() => ({}));
    throw new Refused(said.message || `The server answered ${answer.status}.`);
  }
}
