"""Marks that come back in packets' files: which are taken, and which somebody has to decide on.

A packet's mark is taken where the answer is the one that was seen, and where nobody has marked it since, or only the
same marker has, earlier. It does not matter in which order files are named, nor how often they are merged.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from sheetgrader.course.files import FILE_FLAGS
from sheetgrader.errors import MarkingError
from sheetgrader.marking.answer_index import CellKey
from sheetgrader.marking.checks import checked_name, checked_text
from sheetgrader.marking.marking import LONG_AGO, Marking
from sheetgrader.marking.model import AnswerToMark, Conflict, MergedMark, MergeReport, PacketMark
from sheetgrader.marking.writing import Request
from sheetgrader.store.decisions import now

#: How far a marker's clock may be ahead.
_ALLOWED_AHEAD: Final = timedelta(days=1)
#: Bytes of a file: a mark has some hundred, and a class of 1,200 with 20 questions 24,000 of them.
_MOST_BYTES: Final = 64 << 20
#: Characters of a packet's name and of an answer's id, as a file may have them.
_MOST_NAME: Final = 200
_ANSWER_CHANGED: Final = "The group has handed in another answer since."
#: Of more marks for one question, all its answers are read at once.
_MANY: Final = 8
#: Marks that are written in one transaction.
_AT_ONCE: Final = 200
#: A mark, what is to become of it, and why it is not taken.
_Judged = tuple[PacketMark, str, str]
_MARK: Final = msgspec.json.Decoder(PacketMark)


def read_marks_file(path: Path) -> tuple[PacketMark, ...]:
    """Return what a marks file holds, a :class:`PacketMark` in each line.

    Raises:
        MarkingError: it cannot be read, or a line of it is no mark; the sentence names file and line.
    """
    try:
        with os.fdopen(os.open(path, FILE_FLAGS & ~os.O_NOFOLLOW), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise MarkingError(f"{path} is no plain file; name a file that a packet has saved")
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise MarkingError(f"{path} cannot be read: {error.strerror}; name a file that a packet has saved") from None
    if len(content) > _MOST_BYTES:
        raise MarkingError(f"{path} has more than {_MOST_BYTES >> 20} MB, which no packet saves; name another file")
    found = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            try:
                found.append(_checked(_MARK.decode(line)))
            except (msgspec.MsgspecError, MarkingError, RecursionError, UnicodeDecodeError) as error:
                raise MarkingError(
                    f"{path}, line {number} is no mark that can be read: {error}; nothing was taken in: save"
                    " it anew out of the packet, or take the line out"
                ) from None
    if not found:
        raise MarkingError(f"{path} holds no mark; save it anew out of the packet, or name another file")
    return tuple(found)


def merge(marking: Marking, marks: Iterable[PacketMark]) -> MergeReport:
    """Take in what packets bring; of a marker's several marks for one answer the latest counts.

    Raises:
        GradebookError: it cannot be written; merging the same files again takes the rest.
        CourseError: the rubric, or what was decided cannot be read.
    """
    by_answer: dict[str, list[PacketMark]] = {}
    for mark in sorted(marks, key=_order):
        by_answer.setdefault(mark.answer, []).append(mark)
    report: dict[str, list[MergedMark]] = {name: [] for name in MergeReport.__struct_fields__}
    known = _known(marking, sorted(by_answer))
    report["unknown"] += [
        MergedMark(packet_mark=one, answer=None, why=_unknown(marking))
        for answer_id in sorted(by_answer.keys() - known.keys())
        for one in by_answer[answer_id]
    ]
    # Many in one transaction: a class's marks one by one would take minutes. Not all, for others wait meanwhile.
    verdicts = {answer.id: _verdicts(marking, answer, by_answer[answer.id]) for answer in known.values()}
    taken = {name: first for name, found in verdicts.items() if (first := _first_taken(found)) is not None}
    requests = [_request(marking, known[name], one) for name, one in taken.items()]
    outcomes = [
        outcome
        for start in range(0, len(requests), _AT_ONCE)
        for outcome in marking.write(requests[start : start + _AT_ONCE])
    ]
    for request, outcome in zip(requests, outcomes, strict=True):
        known[request.answer] = outcome.answer
        if isinstance(outcome, Conflict):
            why = "Somebody has marked it at this moment; merge the file once more."
            verdicts[request.answer] = [
                (one, "conflicts", why) if name == "taken" else (one, name, was)
                for one, name, was in verdicts[request.answer]
            ]
    for answer_id, answer in known.items():
        for name, merged in _merged(marking, answer, by_answer[answer_id], verdicts[answer_id], taken.get(answer_id)):
            report[name].append(merged)
    return MergeReport(**{name: tuple(found) for name, found in report.items()})


def _checked(mark: PacketMark) -> PacketMark:
    if max(len(mark.packet), len(mark.answer), len(mark.version), len(mark.digest)) > _MOST_NAME:
        raise MarkingError("a name in it is too long")
    if mark.when.tzinfo is None:
        raise MarkingError("its time has no timezone")
    if mark.when > now() + _ALLOWED_AHEAD:
        # It would be later than every correction.
        raise MarkingError(
            f"it was given in the future, at {mark.when:%Y-%m-%d %H:%M}: a clock was wrong; mend the time"
        )
    checked_text(mark.packet + mark.answer + mark.version + mark.digest, "a name in it")
    checked_text(mark.why, "the reason in it")
    return msgspec.structs.replace(
        mark, by=checked_name(mark.by), handed_to=checked_name(mark.handed_to) if mark.handed_to else mark.handed_to
    )


def _order(mark: PacketMark) -> tuple[object, ...]:
    return mark.when, mark.by, msgspec.json.encode(mark, order="sorted")


def _known(marking: Marking, answer_ids: Iterable[str]) -> dict[str, AnswerToMark]:
    """Return the answers of those ids that there are; of many to one question, all of it is read at once."""
    by_cell: dict[CellKey, list[str]] = {}
    for answer_id in answer_ids:
        with contextlib.suppress(MarkingError):
            by_cell.setdefault(marking.place(answer_id)[0], []).append(answer_id)
    found: dict[str, AnswerToMark] = {}
    for cell, wanted in by_cell.items():
        if len(wanted) > _MANY:
            there = {answer.id: answer for answer in marking.answers(*cell)}
            found |= {answer_id: there[answer_id] for answer_id in wanted if answer_id in there}
        else:
            for answer_id in wanted:
                with contextlib.suppress(MarkingError):
                    found[answer_id] = marking.answer(answer_id)
    return dict(sorted(found.items()))


def _unknown(marking: Marking) -> str:
    return (
        f"Its packet is of another course or sheet than {marking.sheet.name} here, or the course's"
        " .sheetgrader/secret is another by now."
    )


def _verdicts(marking: Marking, answer: AnswerToMark, brought: Iterable[PacketMark]) -> list[_Judged]:
    """Return what is to become of the latest mark of each marker, the earliest first, and why it is not taken."""
    latest = {one.by: one for one in brought if one.mark is not None}
    found = [(one, *_verdict(marking, answer, one)) for one in latest.values()]
    takeable = [one for one, name, _ in found if name == "taken"]
    if any(one.mark != takeable[0].mark for one in takeable):
        names = " and ".join(sorted(one.by for one in takeable))
        why = f"{names} have marked it differently; one of them gives it once more."
        return [(one, "conflicts", why) if name == "taken" else (one, name, was) for one, name, was in found]
    return found


def _first_taken(judged: Iterable[_Judged]) -> PacketMark | None:
    return next((one for one, name, _ in judged if name == "taken"), None)


def _merged(
    marking: Marking,
    answer: AnswerToMark,
    brought: Iterable[PacketMark],
    judged: Iterable[_Judged],
    taken: PacketMark | None,
) -> Iterator[tuple[str, MergedMark]]:
    """Let flags hold, and yield what became of each mark for one answer: first flags alone, then marks."""
    judged = list(judged)
    flags = [one for one in brought if one.mark is None]
    hold = {id(one) for one in flags if one.digest == answer.digest}
    hold |= {id(one) for one, name, _ in judged if name in {"taken", "same"}}
    holding = [one for one in brought if id(one) in hold]
    # Of several, the latest says how it is now.
    look = next((one for one in reversed(holding) if one.second_look is not None), None)
    hand = next((one for one in reversed(holding) if one.handed_to is not None), None)
    changed = {id(one): _flag(marking, answer, one, looks=one is look, hands=one is hand) for one in holding}
    if any(changed.values()):
        answer = marking.answer(answer.id)
    for one in flags:
        if id(one) not in changed:
            yield "answer_changed", MergedMark(packet_mark=one, answer=answer, why=_ANSWER_CHANGED)
        else:
            yield "taken" if changed[id(one)] else "same", MergedMark(packet_mark=one, answer=answer)
    for one, verdict, why in judged:
        # What another marker gives that is the same just was given.
        name = "same" if verdict == "taken" and one is not taken else verdict
        yield name, MergedMark(packet_mark=one, answer=answer, why=why)


def _verdict(marking: Marking, answer: AnswerToMark, one: PacketMark) -> tuple[str, str]:
    """Return what is to become of a mark, and why where it is not taken."""
    assert one.mark is not None  # noqa: S101 # flags alone are no mark
    if one.digest != answer.digest:
        return "answer_changed", _ANSWER_CHANGED
    current = answer.mark
    if current is not None and not current.is_others and current.mark == one.mark and not answer.is_open:
        return "same", ""
    try:
        marking.check(answer, one.mark)
    except MarkingError as error:
        return "refused", str(error)
    taken_back = marking.taken_back_at(answer.id)
    # What was taken in once counts no more because somebody has decided so, whatever the clocks say.
    is_again = marking.was_brought(answer.id, one.by, one.when)
    if (is_again and (current is None or taken_back > LONG_AGO)) or (
        taken_back >= one.when and one.version != answer.version
    ):
        return "conflicts", "Somebody has taken a mark back since."
    if not is_again and (current is None or one.version == answer.version):
        return "taken", ""
    assert current is not None  # noqa: S101 # or it would be taken, or taken back
    if current.by == one.by and not current.is_others:
        if not is_again and marking.given_at(answer.id) < one.when:
            return "taken", ""
        return "outdated", f"{one.by} has given it another mark later."
    return "conflicts", f"{current.by} has marked it otherwise."


def _request(marking: Marking, answer: AnswerToMark, one: PacketMark) -> Request:
    return msgspec.structs.replace(
        marking.request(answer.id, one.mark, answer.version),
        by=one.by,
        brought=one.when,
        why=f"Packet {one.packet}: {one.why}" if one.why else f"Packet {one.packet}",
    )


def _flag(marking: Marking, answer: AnswerToMark, one: PacketMark, *, looks: bool, hands: bool) -> bool:
    """Let a packet's flags hold where nobody has decided about them later, and say whether that changes anything.

    Args:
        marking: of the sheet.
        answer: as it was before.
        one: whose flags.
        looks: what it says of a second look is the latest that packets say.
        hands: likewise of handing over.
    """
    looked, handed = marking.flagged_at(answer.id)
    changes = False
    if (
        looks
        and one.when > looked
        and one.second_look is not None
        and one.second_look != (answer.second_look is not None)
    ):
        marking.second_look(answer.id, is_wanted=one.second_look, why=one.why, by=one.by)
        changes = True
    if hands and one.when > handed and one.handed_to is not None and one.handed_to != answer.handed_to:
        marking.hand_over(answer.id, one.handed_to, why=one.why, by=one.by)
        changes = True
    return changes
