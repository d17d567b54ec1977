"""What is known of all groups' answers without opening their notebooks again.

Of each group a file in ``.sheetgrader/marking/<sheet>/`` keeps digests and wordings of its answers and the verdicts on
them, with the stamps of the files that they were read from. A file that is damaged, lost or out of date is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.staging import write_file
from sheetgrader.items import SourceCell
from sheetgrader.marking.grouping import Wording, wording
from sheetgrader.marking.notebook_answers import DAMAGED, read_answers, read_file
from sheetgrader.results import CellResult, SubmissionResult
from sheetgrader.store.answers import digest
from sheetgrader.store.kept_results import read_result, result_file

#: Notebook and ``grade_id``.
CellKey = tuple[str, str]

#: Another number for files whose content means something else.
_FORM: Final = 2
#: Questions whose answers' verdicts are held in memory.
_MOST_OPENED: Final = 8


class IndexedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one answer."""

    #: As :func:`sheetgrader.store.answers.answers` makes it.
    digest: str
    wording: Wording
    #: Of the cell itself, or else of the first cell of the same question that was judged.
    verdict: CellResult | None
    #: Nothing of what the group handed in could be read or run: that nothing stands here says nothing of the group.
    is_unread: bool = False


class _Entry(msgspec.Struct, frozen=True):
    """An answer in a file; what is not asked for is not decoded."""

    notebook: str
    grade_id: str
    digest: str
    answer: msgspec.Raw


class _File(msgspec.Struct, frozen=True):
    stamp: str
    answers: list[_Entry]
    #: What could not be read.
    remarks: list[str] = []


_FILE: Final = msgspec.json.Decoder(_File)
_ANSWER: Final = msgspec.json.Decoder(IndexedAnswer)


class SheetQuestions(msgspec.Struct, frozen=True, kw_only=True):
    """What the index has to know of a sheet."""

    #: The name of the question that each cell with points belongs to, in the sheet's order.
    names: dict[CellKey, str]
    #: Whose near-equal answers are looked for.
    texts: frozenset[CellKey]
    #: Digest of the wording that each was released with.
    skeletons: dict[CellKey, str]

    @property
    def notebooks(self) -> tuple[str, ...]:
        """Names of the notebooks."""
        return tuple(dict.fromkeys(notebook for notebook, _ in self.names))


class AnswerIndex:
    """The answers of all groups to one sheet."""

    def __init__(self, sheet: Sheet, questions: SheetQuestions) -> None:
        """Prepare it; nothing is read yet."""
        self._sheet = sheet
        self._questions = questions
        self._folder = sheet.course.private_folder / "marking" / sheet.name
        self._of_sheet = hashlib.sha256(
            repr((_FORM, questions.names, sorted(questions.texts), questions.skeletons)).encode()
        ).hexdigest()[:16]
        #: By question and group, with the stamp of the files; and of all questions the digests, by group.
        self._opened: dict[CellKey, dict[str, tuple[str, IndexedAnswer | None]]] = {}
        self._digests: dict[str, tuple[str, dict[CellKey, str]]] = {}
        self._remarks: dict[str, list[str]] = {}

    def groups(self) -> list[str]:
        """Return the groups that were graded, in order."""
        return self._sheet.course.students(self._sheet.course.coursedir.autograded_directory, self._sheet.name)

    def answers(self, cell: CellKey) -> dict[str, IndexedAnswer]:
        """Return the answers to one question, by group; nothing of a group that has none."""
        found = {group: self.answer(cell, group) for group in self.groups()}
        return {group: answer for group, answer in found.items() if answer is not None}

    def answer(self, cell: CellKey, group: str) -> IndexedAnswer | None:
        """Return a group's answer to one question; None where it has none."""
        if cell not in self._opened and len(self._opened) == _MOST_OPENED:
            del self._opened[next(iter(self._opened))]
        opened = self._opened.setdefault(cell, {})
        stamp = self._stamp(group)
        if group not in opened or opened[group][0] != stamp:
            entries = self._entries(group, stamp)
            raw = next((entry.answer for entry in entries if (entry.notebook, entry.grade_id) == cell), None)
            opened[group] = (stamp, None if raw is None else _ANSWER.decode(raw))
        return opened[group][1]

    def digests(self) -> dict[str, dict[CellKey, str]]:
        """Return the digests of all answers, by group and cell."""
        return {group: self.digests_of(group) for group in self.groups()}

    def digests_of(self, group: str) -> dict[CellKey, str]:
        """Return the digests of a group's answers, by cell."""
        stamp = self._stamp(group)
        if group not in self._digests or self._digests[group][0] != stamp:
            self._entries(group, stamp)
        return self._digests[group][1]

    def cells(self, cell: CellKey, group: str) -> list[dict[str, Any]]:
        """Return the cells of an answer as they stand in the notebook; none where it cannot be read any more."""
        try:
            content = read_file(self._sheet.autograded_folder(group) / f"{cell[0]}.ipynb")
            return read_answers(content or b"{}", with_outputs=True).get(cell[1], [])
        except (OSError, ValueError):
            return []

    def remarks(self) -> list[str]:
        """Return what could not be read of what was looked at, one sentence each."""
        return [remark for group in sorted(self._remarks) for remark in self._remarks[group]]

    def _stamp(self, group: str) -> str:
        folder = self._sheet.autograded_folder(group)
        paths = [*(folder / f"{name}.ipynb" for name in self._questions.notebooks), result_file(self._sheet, group)]
        return " ".join([self._of_sheet, *(file_stamp(path) for path in paths)])

    def _entries(self, group: str, stamp: str) -> list[_Entry]:
        path = self._folder / f"{group}.json"
        found = _read(path)
        if found is None or found.stamp != stamp:
            found = self._index(group, stamp)
            # Where it cannot be kept, it is made again the next time.
            with contextlib.suppress(OSError):
                write_file(path, msgspec.json.encode(found))
        self._digests[group] = (stamp, {(entry.notebook, entry.grade_id): entry.digest for entry in found.answers})
        self._remarks[group] = found.remarks
        return found.answers

    def _index(self, group: str, stamp: str) -> _File:
        result = read_result(self._sheet, group)
        entries, remarks = [], []
        way_out = f"run: sheetgrader grade {self._sheet.name} --group {group} --force"
        for notebook in self._questions.notebooks:
            path = self._sheet.autograded_folder(group) / f"{notebook}.ipynb"
            try:
                if (content := read_file(path)) is None:
                    if result is not None:  # grading puts one there whatever was handed in
                        remarks.append(f"{path} is lost; {way_out}")
                    continue
                answers = read_answers(content)
                found = [(notebook, name) for name in answers if (notebook, name) in self._questions.names]
                if not found and any(name == notebook for name, _ in self._questions.names):
                    raise ValueError  # grading puts the sheet's cells into every notebook
                entries += [self._entry(cell, answers[cell[1]], result) for cell in found]
            except OSError as error:
                remarks.append(f"{path} cannot be read: {error.strerror}")
            except DAMAGED:
                remarks.append(f"{path} is damaged; {way_out}")
        return _File(stamp, entries, remarks)

    def _entry(self, cell: CellKey, cells: list[dict[str, Any]], result: SubmissionResult | None) -> _Entry:
        words = wording(cells, self._questions.skeletons.get(cell, ""), is_text=cell in self._questions.texts)
        answer = IndexedAnswer(
            digest=digest(cells),
            wording=words,
            verdict=self._verdict(cell, result),
            is_unread=words.is_empty and result is not None and bool(result.error),
        )
        return _Entry(*cell, answer.digest, msgspec.Raw(msgspec.json.encode(answer)))

    def _verdict(self, cell: CellKey, result: SubmissionResult | None) -> CellResult | None:
        results = {(one.notebook, one.grade_id): one for one in (result.cells if result else ())}
        own = results.get(cell)
        if own is not None and (own.criteria or own.points is not None):
            return own
        name = self._questions.names[cell]
        others = (key for key, other in self._questions.names.items() if other == name and key[0] == cell[0])
        return next((results[key] for key in others if key in results and results[key].criteria), own)


def skeleton_wordings(
    release: Mapping[str, bytes | None], cells: Mapping[str, tuple[SourceCell, ...]], texts: frozenset[CellKey]
) -> dict[CellKey, str]:
    """Return digests of the wordings that a sheet was released with.

    Args:
        release: the released notebooks by name; None where there is none.
        cells: the instructor's cells as the gradebook has them, which stand in for those.
        texts: the cells whose answers are texts.
    """
    found: dict[CellKey, str] = {}
    for notebook, instructors in cells.items():
        try:
            answers = read_answers(release.get(notebook) or b"")
        except ValueError:
            answers = {
                cell.grade_id: [{"cell_type": cell.cell_type, "source": cell.source}]
                for cell in instructors
                if cell.solution and cell.grade
            }
        for name, answer in answers.items():
            found[notebook, name] = wording(answer, "", is_text=(notebook, name) in texts).digest
    return found


def file_stamp(path: Path) -> str:
    """Return what is another once a file has changed."""
    try:
        found = path.stat()
    except OSError:
        return "-"
    return f"{found.st_mtime_ns}.{found.st_ctime_ns}.{found.st_size}.{found.st_ino}"


def _read(path: Path) -> _File | None:
    try:
        return _FILE.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
