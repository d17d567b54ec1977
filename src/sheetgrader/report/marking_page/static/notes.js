// @ts-check
/** What is to be known about an answer before it is marked, in a few words each. */

import { counted, number } from "./numbers.js";

/**
 * @param {import("./marking.js").Round} round
 * @returns {{kind: string, text: string}[]}
 */
export function notesOf(round) {
  const answer = round.current;
  if (answer === null) return [];
  const { mark } = answer;
  const notes = [];
  if (answer.is_empty) notes.push({ kind: "", text: "nothing was written" });
  if (answer.is_unread) notes.push({ kind: "again", text: "not graded: the group's file is to be settled first; n skips it" });
  if (answer.scans) notes.push({ kind: "", text: "something was scanned: p shows it" });
  const { alike } = round;
  if (alike.length) {
    const same = alike.filter((other) => other.wording === answer.wording).length;
    const text = same === alike.length
      ? `${counted(alike.length, "other is", "others are")} the same`
      : `${counted(alike.length, "other is", "others are")} like it`;
    notes.push({ kind: "alike", text: `${text}: g marks them together` });
  }
  if (answer.auto_points !== null) {
    notes.push({ kind: "", text: `tests: ${number(answer.auto_points)} of ${number(round.question.most)}` });
  }
  if (mark && mark.points !== null) {
    const how = mark.is_others ? "in the gradebook, not by items" : `by ${mark.by}`;
    notes.push({ kind: "marked", text: `${number(mark.points)} given ${how}` });
  }
  if (mark?.is_for_earlier_answer) notes.push({ kind: "again", text: "the answer has changed since" });
  if (mark?.is_beside_other_verdict) notes.push({ kind: "again", text: "the tests say something else since" });
  if (answer.second_look !== null) {
    notes.push({ kind: "again", text: `second look${answer.second_look ? `: ${answer.second_look}` : ""}` });
  }
  if (answer.handed_to) notes.push({ kind: "again", text: `handed to ${answer.handed_to}` });
  return notes;
}
