// @ts-check
/**
 * The marking page: shows one answer after another beside its rubric, and does what the tutor presses.
 *
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./source.js").Given} Given
 * @typedef {import("./source.js").KeptComment} KeptComment
 * @typedef {import("./source.js").NewMark} NewMark
 * @typedef {import("./source.js").Question} Question
 * @typedef {import("./source.js").Sheet} Sheet
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./marking.js").Choice} Choice
 * @typedef {import("./arithmetic.js").Item} Item
 */

import { points } from "./arithmetic.js";
import { ask } from "./asking.js";
import { Changing } from "./changing.js";
import { element, find } from "./elements.js";
import { Frames, frame } from "./frames.js";
import { Group } from "./group.js";
import { applicable, Round, toggle, worth } from "./marking.js";
import { notesOf } from "./notes.js";
import { counted, number, parseNumber } from "./numbers.js";
import { Items, showComments, showWorth } from "./panel.js";
import { Refused } from "./source.js";

/** All of the page; commands are methods, and keys and buttons call them. */
export class Page {
  /** @param {Source} source */
  constructor(source) {
    this.source = source;
    this.frames = new Frames(find("frames", HTMLElement), (id) => source.content(id));
    this.items = new Items((item, step) => this.press(item, step));
    this.group = new Group(find("group", HTMLElement), this.frames, () => this.showMark());
    this.changing = new Changing(source, () => void this.reopen());
    /** @type {Sheet} */
    this.sheet = { name: "", title: "", marker: "", questions: [], comments: [], remarks: [] };
    /** @type {Round | null} */
    this.round = null;
    /** What was begun and is not saved, by answer. @type {Map<string, import("./marking.js").Draft>} */
    this.drafts = new Map();
    this.wanted = "";
    /** What was given last, to be taken back. @type {{round: Round, ids: string[]}[]} */
    this.history = [];
    /** Marks on their way, one after another. @type {Promise<void>} */
    this.queue = Promise.resolve();
    this.pending = 0;
    /** Questions of which it was told that marks are by an earlier rubric. @type {Set<string>} */
    this.told = new Set();
  }

  async start() {
    this.sheet = await this.source.sheet();
    const select = find("question", HTMLSelectElement);
    this.listQuestions();
    const wanted = new URLSearchParams(location.hash.slice(1)).get("question");
    const waiting = this.sheet.questions.filter(({ answers, marked }) => marked < answers);
    // What tests could not judge is the exception; proofs and discussions are what a tutor came for.
    const first = this.sheet.questions.find(({ id }) => id === wanted)
      ?? waiting.find((question) => !question.is_judged) ?? waiting[0] ?? this.sheet.questions[0];
    for (const remark of this.sheet.remarks) this.notice(remark);
    if (!first) {
      this.title("Nothing of this sheet is graded yet");
      return;
    }
    select.value = first.id;
    await this.open(first.id);
  }

  /** @param {string} id @param {string} [at] The answer to begin with. */
  async open(id, at) {
    const question = this.sheet.questions.find((one) => one.id === id);
    if (!question) return;
    const choice = /** @type {Choice} */ (find("choice", HTMLSelectElement).value);
    // Until its answers are there, keys are about nothing.
    this.round = null;
    const wanted = `${id} ${choice}`;
    this.wanted = wanted;
    this.frames.clear();
    this.title("Loading …");
    // Marks on their way come first: what is shown then is what they made of it.
    await this.queue;
    const answers = await this.source.answers(id);
    // The tutor has gone on to another meanwhile.
    if (this.wanted !== wanted) return;
    const round = new Round(question, answers, choice, this.sheet.marker, this.drafts);
    this.round = round;
    round.position = Math.max(0, at ? round.order.indexOf(at) : 0);
    history.replaceState(null, "", `#${new URLSearchParams({ question: id })}`);
    this.items.build(question);
    // Where the scheme is prose, the points are the tutor's own.
    find("adjustment-name", HTMLElement).textContent = applicable(question).length ? "Adjustment" : "Points";
    find("asked", HTMLDetailsElement).open = false;
    find("asked-frame", HTMLElement).replaceChildren();
    this.tellEarlier(question);
    await this.show();
  }

  /**
   * Tell of marks that a change of the rubric did not get to, and lead to what finishes it.
   * @param {Question} question
   */
  tellEarlier(question) {
    if (this.source.isPacket || !question.by_earlier_rubric || this.told.has(question.id)) return;
    this.told.add(question.id);
    const marks = counted(question.by_earlier_rubric, "mark has", "marks have");
    this.notice(
      `${question.name}: ${marks} the points of an earlier rubric. A change was cut off before it got to all of them, or rubric.toml was changed by hand.`,
      { "Show what changes": () => void this.trying(() => this.changing.finish(question)), Later: () => undefined });
  }

  /** The same question once more, as it is now. */
  async reopen() {
    const at = this.round?.current?.id;
    this.sheet = await this.source.sheet();
    this.listQuestions();
    if (this.round) await this.open(this.round.question.id, at);
  }

  listQuestions() {
    const select = find("question", HTMLSelectElement);
    const chosen = select.value;
    select.replaceChildren(...this.sheet.questions.map((question) => element("option", { value: question.id },
      `${question.name}: ${question.title} · ${question.marked}/${question.answers}`)));
    select.value = chosen || this.round?.question.id || "";
    for (const place of document.querySelectorAll("#marker-name")) place.textContent = this.sheet.marker;
  }

  /** Show the answer that the round is at. */
  async show() {
    const round = this.round;
    if (round === null) return;
    round.together = null;
    this.group.leave();
    const answer = round.current;
    document.body.classList.toggle("finished", answer === null);
    if (answer === null) {
      this.title(this.finished(round));
      const { following } = this;
      find("save", HTMLButtonElement).hidden = following === null;
      if (following) find("save", HTMLButtonElement).firstChild?.replaceWith(`Next question: ${following.name} `);
      find("notes", HTMLUListElement).replaceChildren();
      find("frames", HTMLElement).hidden = true;
      this.showProgress();
      return;
    }
    find("frames", HTMLElement).hidden = false;
    find("save", HTMLButtonElement).hidden = false;
    // A packet holds some of the class's answers, by the numbers that they have for everybody.
    this.title(this.source.isPacket
      ? `Answer ${answer.number}, ${round.position + 1} of ${round.order.length} here`
      : `Answer ${answer.number} of ${round.answers.size}`);
    find("comment", HTMLTextAreaElement).value = round.draft?.comment ?? "";
    find("adjustment", HTMLInputElement).value = round.draft?.adjustment ?? "";
    this.showNotes();
    this.showMark();
    this.showProgress();
    const scans = find("scans", HTMLDetailsElement);
    scans.hidden = !answer.scans;
    // Where a tutor looks at scans, the next ones are shown as well.
    if (scans.open && answer.scans) void this.showScans(true);
    try {
      await this.frames.show(answer.id, `Answer ${answer.number}`, round.ahead());
    } catch (error) {
      this.tell(error);
    }
  }

  /**
   * What is said where no answer is left.
   * @param {Round} round
   */
  finished(round) {
    if (round.choice !== "open") return "There is no such answer";
    if ([...round.answers.values()].some(({ is_open }) => is_open)) {
      return "No answer to this question waits for you; others have some left";
    }
    return this.following ? "All answers to this question are marked" : "All answers of this sheet are marked";
  }

  /** The question that comes next: one that waits for marks, after this one if there is any. */
  get following() {
    const all = this.sheet.questions;
    const here = all.findIndex(({ id }) => id === this.round?.question.id);
    const waiting = [...all.slice(here + 1), ...all.slice(0, Math.max(0, here))].filter(
      ({ answers, marked }) => marked < answers);
    return waiting.find((question) => !question.is_judged) ?? waiting[0] ?? null;
  }

  showNotes() {
    const round = this.round;
    if (!round?.current) return;
    find("notes", HTMLUListElement).replaceChildren(
      ...notesOf(round).map((note) => element("li", { class: note.kind }, note.text)));
    find("second-look", HTMLButtonElement).setAttribute("aria-pressed", String(round.current.second_look !== null));
    find("show-group", HTMLButtonElement).setAttribute("aria-pressed", String(round.together !== null));
    find("show-group", HTMLButtonElement).disabled = round.alike.length === 0 && round.together === null;
  }

  showMark() {
    const { round } = this;
    const draft = round?.draft;
    if (!round || !draft) return;
    this.items.show(draft);
    showWorth(round.question, draft, round.current?.mark != null);
    const isNothing = draft.isTouched && Object.keys(draft.applied).length === 0 && draft.adjustment.trim() === "";
    find("nothing", HTMLButtonElement).setAttribute("aria-pressed", String(isNothing));
    showComments(this.sheet.comments, draft, {
      toggle: (comment) => this.toggleComment(comment),
      change: this.source.isPacket ? null : (comment) => void this.reword(comment),
    });
    const count = round.chosen.length;
    find("save", HTMLButtonElement).firstChild?.replaceWith(
      round.together ? `Save all ${count} and next ` : "Save and next ");
  }

  showProgress() {
    const all = this.sheet.questions;
    const question = this.round?.question;
    const own = all.find(({ id }) => id === question?.id);
    const answers = all.reduce((sum, one) => sum + one.answers, 0);
    const marked = all.reduce((sum, one) => sum + one.marked, 0);
    find("bar", HTMLProgressElement).value = answers ? marked / answers : 0;
    find("progress", HTMLElement).textContent =
      `${own?.marked ?? 0} of ${own?.answers ?? 0} here, ${marked} of ${answers} in all`;
  }

  /** @param {string} text */
  title(text) {
    const heading = find("position", HTMLElement);
    heading.textContent = text;
    heading.focus({ preventScroll: true });
  }

  // What the tutor does.

  /** @param {Item} item @param {number} step */
  press(item, step) {
    const { round } = this;
    if (!round?.draft) return;
    toggle(round.question, round.draft, item, step);
    this.showMark();
  }

  /** @param {number} place Of an item that has a key. */
  pressKey(place) {
    const item = this.round && applicable(this.round.question)[place - 1];
    if (item) this.press(item, 1);
  }

  nothing() {
    const draft = this.round?.draft;
    if (!draft) return;
    draft.applied = {};
    draft.adjustment = "";
    draft.isTouched = true;
    find("adjustment", HTMLInputElement).value = "";
    this.showMark();
  }

  /** What is typed becomes part of the draft. */
  typed() {
    const draft = this.round?.draft;
    if (!draft) return;
    draft.comment = find("comment", HTMLTextAreaElement).value;
    draft.adjustment = find("adjustment", HTMLInputElement).value;
    draft.isTouched = true;
    this.showMark();
  }

  /** @param {KeptComment} comment */
  toggleComment(comment) {
    const draft = this.round?.draft;
    if (!draft) return;
    const has = draft.comments.includes(comment.id);
    draft.comments = has ? draft.comments.filter((id) => id !== comment.id) : [...draft.comments, comment.id];
    draft.isTouched = true;
    this.showMark();
  }

  /** Give what is chosen, and go on. */
  save() {
    const { round } = this;
    if (round && !round.current) {
      const { following } = this;
      if (!following) return;
      find("question", HTMLSelectElement).value = following.id;
      void this.trying(() => this.open(following.id));
      return;
    }
    const answer = round?.current;
    const draft = round?.draft;
    if (!round || !answer || !draft) return;
    if (!draft.isTouched && answer.mark && !answer.is_open && round.together === null) {
      this.go(round.next());
      return;
    }
    if (!draft.isTouched && (answer.mark === null || answer.mark.is_others)) {
      this.say("Nothing is chosen: press a digit for what applies, or 0 where nothing does.", true);
      return;
    }
    const { sentence } = worth(round.question, draft);
    if (sentence) {
      this.say(sentence, true);
      return;
    }
    const chosen = round.chosen;
    if (chosen.length === 0) {
      this.say("All answers of this group are taken out: nothing is marked.", true);
      return;
    }
    const mark = {
      applied: { ...draft.applied },
      adjustment: parseNumber(draft.adjustment) ?? 0,
      comment: draft.comment.trim(),
      comments: [...draft.comments],
    };
    this.assume(round, chosen, mark);
    for (const { id } of chosen) round.drafts.delete(id);
    this.history.push({ round, ids: chosen.map(({ id }) => id) });
    const next = round.next();
    this.send(round, chosen, mark);
    this.go(next);
  }

  /**
   * Show answers as marked at once; what the server says follows.
   * @param {Round} round
   * @param {Answer[]} chosen
   * @param {Omit<NewMark, "answers">} mark
   */
  assume(round, chosen, mark) {
    const given = {
      ...mark, points: points(round.question.items, mark.applied) + mark.adjustment, by: this.sheet.marker,
      is_others: false, is_for_earlier_answer: false, is_beside_other_verdict: false,
    };
    for (const one of chosen) {
      this.count(round, one, true);
      round.answers.set(one.id, { ...one, is_open: false, mark: given });
    }
  }

  /**
   * @param {Round} round
   * @param {Answer[]} chosen As the tutor saw them.
   * @param {Omit<NewMark, "answers">} mark
   */
  send(round, chosen, mark) {
    const what = chosen.length === 1 ? `answer ${chosen[0].number}` : counted(chosen.length, "answer");
    this.queued(async () => {
      try {
        // An own mark that was still on its way has made it another version.
        const seen = chosen.map(({ id, version }) => ({ id, version: round.versions.get(id) ?? version }));
        const results = await this.source.give(round.question.id, { answers: seen, ...mark });
        this.learn(round, results, mark);
        if (results.every(({ became }) => became === "given")) {
          this.say(`Saved: ${what}, ${number(points(round.question.items, mark.applied) + mark.adjustment)} of ${number(round.question.most)}.`);
        }
      } catch (error) {
        const begun = { ...mark, adjustment: mark.adjustment ? number(mark.adjustment) : "", isTouched: true };
        for (const one of chosen) {
          round.answers.set(one.id, one);
          round.drafts.set(one.id, structuredClone(begun));
          this.count(round, one, false);
        }
        this.refresh(round);
        this.notice(`Not saved: ${what}. ${error instanceof Error ? error.message : error}`, {
          "Try again": () => {
            this.assume(round, chosen, mark);
            // What the tutor has changed since is still to be saved.
            for (const { id } of chosen) if (isSame(round.drafts.get(id), begun)) round.drafts.delete(id);
            this.send(round, chosen, mark);
          },
        });
      }
    });
  }

  /**
   * @param {Round} round
   * @param {Given[]} results
   * @param {Omit<NewMark, "answers">} [mark]
   */
  learn(round, results, mark) {
    for (const { became, answer, sentence, id } of results) {
      if (answer) {
        round.versions.set(answer.id, answer.version);
        round.learn(answer);
      }
      if (became === "conflict" && answer && mark) {
        this.notice(sentence, {
          "Keep theirs": () => undefined,
          "Give mine": () => this.send(round, [answer], mark),
        });
      } else if (became !== "given") {
        this.notice(`Answer ${round.answers.get(id)?.number ?? ""}: ${sentence}`);
      }
    }
    this.refresh(round);
  }

  /** @param {Round} round */
  refresh(round) {
    if (round !== this.round) return;
    this.showNotes();
    this.showMark();
    this.showProgress();
    this.listQuestions();
  }

  /** Take back what was given last. */
  undo() {
    const last = this.history.pop();
    if (!last) {
      this.say("There is nothing to undo.", true);
      return;
    }
    this.queued(async () => {
      try {
        const answers = last.ids.map((id) => ({
          id, version: last.round.versions.get(id) ?? last.round.answers.get(id)?.version ?? "",
        }));
        const results = await this.source.undo(last.round.question.id, answers);
        for (const id of last.ids) last.round.drafts.delete(id);
        const before = new Map(last.round.answers);
        this.learn(last.round, results);
        for (const { answer } of results) {
          if (answer?.is_open && !before.get(answer.id)?.is_open) this.count(last.round, answer, false);
        }
        this.say(`Taken back: ${counted(last.ids.length, "mark")}.`);
        if (last.round === this.round) this.go(last.round.order.indexOf(last.ids[0]));
      } catch (error) {
        this.tell(error);
      }
    });
  }

  /** @param {number} position */
  go(position) {
    const { round } = this;
    if (!round) return;
    if (position < 0) {
      const isDone = round.choice !== "open" || ![...round.order].some((id) => round.answers.get(id)?.is_open);
      this.say(isDone ? "That was the last answer." : "", false);
      round.position = isDone && round.choice === "open" ? round.order.length : round.position;
    } else round.position = position;
    void this.show();
  }

  back() {
    const { round } = this;
    if (round && round.position > 0) this.go(round.position - 1);
  }

  skip() {
    const { round } = this;
    if (round && round.position + 1 < round.order.length) this.go(round.position + 1);
  }

  /** See equal answers together, to mark them at once. */
  toggleGroup() {
    const { round } = this;
    if (!round?.current) return;
    if (round.together) {
      round.together = null;
      this.group.leave();
    } else if (round.alike.length) {
      round.together = new Set([round.current, ...round.alike].map(({ id }) => id));
      void this.group.enter(round).catch((error) => this.tell(error));
    } else this.say("No other answer that waits for a mark is like this one.", true);
    this.showNotes();
    this.showMark();
  }

  async secondLook() {
    const { round } = this;
    const answer = round?.current;
    if (!round || !answer) return;
    let why = "";
    if (answer.second_look === null) {
      const said = await ask("Ask for a second look", "Why, for whoever looks", "Second look");
      if (said === null) return;
      why = said;
    }
    await this.trying(async () => {
      round.learn(await this.source.secondLook(round.question.id, answer.id, answer.second_look === null, why));
      this.say(answer.second_look === null ? "Flagged for a second look." : "No second look any more.");
      this.refresh(round);
    });
  }

  async handOver() {
    const { round } = this;
    const answer = round?.current;
    if (!round || !answer) return;
    const to = await ask("Hand this answer over", "To which marker", "Hand over", "", "Leave it empty for nobody in particular.");
    if (to === null) return;
    await this.trying(async () => {
      round.learn(await this.source.handOver(round.question.id, answer.id, to));
      this.say(to ? `Handed to ${to}.` : "Handed to nobody in particular.");
      this.refresh(round);
    });
  }

  async keepComment() {
    const text = find("comment", HTMLTextAreaElement).value.trim();
    const draft = this.round?.draft;
    if (!text || !draft) {
      this.say("Write the comment first.", true);
      return;
    }
    await this.trying(async () => {
      this.sheet.comments = await this.source.keepComment(text);
      const kept = this.sheet.comments.find((comment) => comment.text === text);
      if (kept) {
        draft.comments = [...new Set([...draft.comments, kept.id])];
        draft.comment = "";
        draft.isTouched = true;
        find("comment", HTMLTextAreaElement).value = "";
      }
      this.say("Kept.");
      this.showMark();
    });
  }

  /** Take the first of the kept comments that were found. */
  takeFound() {
    document.querySelector(/** @type {"button"} */ ("#comments .kept"))?.click();
    find("find-comment", HTMLInputElement).value = "";
    this.showMark();
    find("position", HTMLElement).focus();
  }

  /** @param {KeptComment} comment */
  async reword(comment) {
    const remark = comment.uses ? `It changes for all ${counted(comment.uses, "mark")} that hold it.` : "";
    const text = await ask("Reword a kept comment", "Its text", "Change it everywhere", comment.text, remark);
    if (!text) return;
    await this.trying(async () => {
      this.sheet.comments = await this.source.changeComment(comment.id, text);
      this.showMark();
    });
  }

  changeRubric() {
    if (this.source.isPacket) {
      this.say("A packet's rubric stays as it is: adjust, and say why in the comment.", true);
    } else if (this.round) this.changing.open(this.round.question);
  }

  /** @param {boolean} [isOpen] */
  async showAsked(isOpen) {
    const details = find("asked", HTMLDetailsElement);
    details.open = isOpen ?? !details.open;
    const place = find("asked-frame", HTMLElement);
    if (details.open && this.round && !place.firstChild) {
      const { question } = this.round;
      await this.trying(async () => {
        const content = await this.source.asked(question.id);
        if (this.round?.question === question) place.replaceChildren(frame("The question", content));
      });
    }
  }

  /** @param {boolean} [isOpen] */
  async showScans(isOpen) {
    const details = find("scans", HTMLDetailsElement);
    const answer = this.round?.current;
    if (!answer?.scans) return;
    details.open = isOpen ?? !details.open;
    const place = find("scans-frame", HTMLElement);
    if (!details.open || place.dataset.scans === answer.scans) return;
    place.dataset.scans = answer.scans;
    place.replaceChildren();
    await this.trying(async () => {
      const content = await this.source.scans(answer);
      if (place.dataset.scans === answer.scans) place.replaceChildren(frame("Scans", content));
    });
    // What could not be had is asked for again.
    if (!place.firstChild && place.dataset.scans === answer.scans) delete place.dataset.scans;
  }

  // What it says.

  /** @param {string} sentence @param {boolean} [isRefused] */
  say(sentence, isRefused = false) {
    const place = find("said", HTMLElement);
    place.classList.toggle("refused", isRefused);
    place.textContent = sentence;
  }

  /** @param {string} sentence @param {Record<string, () => void>} [choices] */
  notice(sentence, choices = { Close: () => undefined }) {
    const made = element("div", { class: "notice" }, element("p", {}, sentence), element("p", { class: "buttons" },
      ...Object.entries(choices).map(([words, act]) => element("button", {
        type: "button",
        onclick: () => {
          made.remove();
          act();
        },
      }, words))));
    find("notices", HTMLElement).append(made);
  }

  /** @param {unknown} error */
  tell(error) {
    this.notice(error instanceof Error ? error.message : String(error));
    if (!(error instanceof Refused)) throw error;
  }

  /** @param {() => Promise<void>} what */
  async trying(what) {
    try {
      await what();
    } catch (error) {
      this.tell(error);
    }
  }

  /** @param {() => Promise<void>} what */
  queued(what) {
    this.isOnItsWay(1);
    this.queue = this.queue.then(what).finally(() => this.isOnItsWay(-1));
  }

  /** @param {number} more Marks that are not saved yet, or fewer of them. */
  isOnItsWay(more) {
    this.pending += more;
    find("said", HTMLElement).setAttribute("aria-busy", String(this.pending > 0));
  }

  /**
   * Count an answer as marked, or as not any more.
   * @param {Round} round
   * @param {Answer} answer As it was before.
   * @param {boolean} isMarked
   */
  count(round, answer, isMarked) {
    if (isMarked && !answer.is_open) return;
    const question = this.sheet.questions.find(({ id }) => id === round.question.id);
    if (question) question.marked += isMarked ? 1 : -1;
  }
}

/**
 * @param {import("./marking.js").Draft | undefined} draft
 * @param {import("./marking.js").Draft} other
 */
function isSame(draft, other) {
  const said = (/** @type {import("./marking.js").Draft} */ { applied, adjustment, comment, comments }) =>
    JSON.stringify([Object.entries(applied).sort(), adjustment, comment, comments]);
  return draft !== undefined && said(draft) === said(other);
}
